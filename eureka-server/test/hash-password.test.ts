import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isSecret, secretOf } from '../src/guard/secrets.ts'

const hashPassword = (input: string) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '..', 'src', 'hash-password.ts')], { input, encoding: 'utf8' })

test('the hash that is printed is one of the password', async () => {
  const { stdout, status } = hashPassword('a: b % 한\n')
  expect([stdout.startsWith('$argon2id$'), status]).toEqual([true, 0])
  const secret = secretOf(stdout.trim(), 'a')
  expect(await isSecret('a: b % 한', secret)).toBe(true)
  expect(await isSecret('a: b % 한\n', secret)).toBe(false)
})

test('without a password it fails', () => {
  expect(hashPassword('\n')).toMatchObject({ status: 1, stdout: '', stderr: 'Give the password on standard input.\n' })
})
