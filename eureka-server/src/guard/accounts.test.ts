import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, silentLogger } from '@order-flow/service-kit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ACTIONS } from './access-rules.ts'
import { type Account, accountsOf, loadAccounts, needsAccounts } from './accounts.ts'
import { isSecret } from './secrets.ts'
import type { AccountConfig, SecurityConfig } from './security-config.ts'

test.each([
  ['auto', '127.0.0.1', false],
  ['auto', 'localhost', false],
  ['auto', '::1', false],
  ['auto', '0.0.0.0', true],
  ['auto', '::', true],
  ['auto', '10.1.2.3', true],
  ['auto', 'eureka.example', true],
  [true, '127.0.0.1', true],
  [false, '127.0.0.1', false],
] as const)('enabled %s on %s: accounts are needed is %s', (enabled, address, isNeeded) => {
  expect(needsAccounts({ enabled }, address)).toBe(isNeeded)
})

test('it cannot be off where others can reach it', () => {
  for (const address of ['0.0.0.0', '10.1.2.3']) {
    expect(() => needsAccounts({ enabled: false }, address)).toThrow(
      `eureka.server.security.enabled is false, but the registry listens on ${address}, where others can reach it`,
    )
  }
})

const anAccount = (changes: Partial<AccountConfig>): AccountConfig => ({ name: 'a', password: 'secret', token: '', may: [], ...changes })

test.each([
  ['no name', [anAccount({ name: '' })], 'it must have one'],
  ['a colon in its name', [anAccount({ name: 'a:b' })], 'without a colon'],
  ['a name twice', [anAccount({}), anAccount({})], 'Two accounts of the registry have the name "a"'],
  ['no secret', [anAccount({ password: '' })], 'neither a password nor a token'],
  ['a short token', [anAccount({ token: 'secret' })], 'less than 16 characters'],
  ['an unknown hash', [anAccount({ password: '{bcrypt}$2a$10$secret' })], 'begins with {bcrypt}'],
  ['a broken hash', [anAccount({ password: '$argon2id$secret' })], 'no argon2 hash'],
])('%s is refused, in words without secrets', (_what, accounts, words) => {
  expect(() => accountsOf(accounts)).toThrow(words)
  expect(() => accountsOf(accounts)).not.toThrow(/secret/)
})

describe('the accounts of the first start', () => {
  let folder: string
  let lines: string[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'accounts-'))
    lines = []
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const file = () => join(folder, 'eureka-server', 'accounts.json')
  const logger = createLogger('info', { write: (line) => void lines.push(line) })
  const security: SecurityConfig = { enabled: true, accounts: [], anonymous: [], hosts: [], burst: 1, failuresPerMinute: 1 }
  const noSpring = { user: { name: 'user', password: '' } }
  const load = (changes: Partial<SecurityConfig> = {}, spring = noSpring) =>
    loadAccounts({ ...security, ...changes }, spring, { file: file(), logger })
  const written = () => JSON.parse(readFileSync(file(), 'utf8')) as AccountConfig[]
  const actionsOf = (account: Account | undefined) => ACTIONS.filter((action) => account?.rights.may(action, 'ANY'))

  test('are an operator and a client with random passwords, in a file for its owner alone', () => {
    const [operator, client] = load()
    expect([operator?.name, actionsOf(operator)]).toEqual(['operator', ACTIONS])
    expect([client?.name, actionsOf(client)]).toEqual(['client', ['read', 'register']])
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(folder, 'eureka-server'))).toEqual(['accounts.json'])
    const passwords = written().map(({ password }) => password)
    for (const password of passwords) expect(password).toMatch(/^[\w-]{32}$/)
    expect(new Set(passwords).size).toBe(2)
    expect(client?.password && isSecret(passwords[1] ?? '', client.password)).toBe(true)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(file())
    for (const password of passwords) expect(lines[0]).not.toContain(password)
  })

  test('are kept over a restart, with what was changed in them', () => {
    load()
    const before = written()
    writeFileSync(file(), JSON.stringify([...before, anAccount({ name: 'third', may: [{ action: 'read', applications: ['ORDERS'] }] })]))
    const accounts = load()
    expect(accounts.map(({ name }) => name)).toEqual(['operator', 'client', 'third'])
    expect(accounts[0]?.password && isSecret(before[0]?.password ?? '', accounts[0].password)).toBe(true)
    expect(written().slice(0, 2)).toEqual(before)
  })

  test.each(['', '{', '"secret', '[]', '{"name":"a"}', '[{"name":"a","password":"secret","rights":[]}]', '[{"name":"secret:"}]'])(
    'that cannot be read (%s) end the start with one sentence',
    (text) => {
      load()
      writeFileSync(file(), text)
      expect(() => load()).toThrow(/accounts\.json holds the accounts of the registry and cannot be used \(.+\): restore it, or remove it/)
      if (!text.includes('secret:')) expect(() => load()).not.toThrow(/secret/)
    },
  )

  test('are not made when there are others', () => {
    expect(load({ accounts: [anAccount({})] }).map(({ name }) => name)).toEqual(['a'])
    const [user] = load({}, { user: { name: 'admin', password: 'secret' } })
    expect([user?.name, actionsOf(user)]).toEqual(['admin', ACTIONS])
    expect(() => statSync(file())).toThrow('ENOENT')
  })

  test('stay when others are configured for a while', () => {
    load()
    const before = written()
    loadAccounts({ ...security, accounts: [anAccount({})] }, noSpring, { file: file(), logger: silentLogger })
    expect(written()).toEqual(before)
  })
})
