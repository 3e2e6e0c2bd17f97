import { hash, parseOptions, verify } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { createPasswords } from './passwords.ts'

const bounds = { maxConcurrent: 2, maxWaiting: 100 }

test('a password belongs to its own hash only', async () => {
  const passwords = await createPasswords(bounds)
  const stored = await passwords.hash('correct horse battery')
  expect(await passwords.verify(stored, 'correct horse battery')).toBe(true)
  expect(await passwords.verify(stored, 'correct horse batterz')).toBe(false)
})

test('hashes are argon2id with the parameters that OWASP recommends', async () => {
  const stored = await (await createPasswords(bounds)).hash('correct horse battery')
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(parseOptions(stored)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 })
})

test('a password is the same however the keyboard composes it', async () => {
  const passwords = await createPasswords(bounds)
  const stored = await passwords.hash('비밀번호입니다열자'.normalize('NFD'))
  expect(await passwords.verify(stored, '비밀번호입니다열자'.normalize('NFC'))).toBe(true)
})

test('an account without a password costs one verification of an equal hash, and is refused', async () => {
  const verified: string[] = []
  const argon2 = {
    hash,
    verify: (async (stored: string, password: string) => {
      verified.push(stored)
      return verify(stored, password)
    }) as typeof verify,
  }
  const passwords = await createPasswords({ ...bounds, argon2 })
  const stored = await passwords.hash('correct horse battery')
  await passwords.verify(stored, 'wrong')
  expect(await passwords.verify(undefined, 'wrong')).toBe(false)
  expect(await passwords.verify(null, 'wrong')).toBe(false)
  expect(verified).toHaveLength(3)
  expect(new Set(verified.map((used) => JSON.stringify(parseOptions(used)))).size).toBe(1)
})
