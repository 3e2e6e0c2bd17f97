import { join } from 'node:path'
import { type Database, migrate, newId, silentLogger } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAccountStore } from '../account/account-store.ts'
import { hashToken } from './refresh-token.ts'
import { createSessionStore } from './session-store.ts'
import { createSessions } from './sessions.ts'

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations')

const DAY_MS = 86_400_000

describe.each(ENGINES)('sessions in $name', (engine) => {
  let db: Database
  let remove: () => Promise<void>
  let accountId: string
  let nowMs = Date.parse('2026-01-01T00:00:00.000Z')

  const open = () =>
    createSessions({
      db,
      store: createSessionStore(),
      logger: silentLogger,
      now: () => new Date(nowMs),
      refreshMs: 30 * DAY_MS,
      graceMs: 10_000,
      maxPerAccount: 3,
    })
  const begin = () => db.transaction((tx) => open().begin(tx, accountId))

  beforeAll(async () => {
    const opened = await engine.open()
    db = opened.db
    remove = opened.remove
    await migrate(db, MIGRATIONS)
  })
  afterAll(() => remove())
  beforeEach(async () => {
    accountId = newId()
    const account = { id: accountId, email: null, name: 'A', roles: [], passwordHash: null, reference: accountId, createdAt: '' }
    await db.transaction((tx) => createAccountStore().insertByReference(tx, [account]))
  })

  test('each refresh answers with a new token, which works next', async () => {
    const first = await begin()
    const second = await open().refresh(first)
    const third = await open().refresh(second.refreshToken)
    expect(second.accountId).toBe(accountId)
    expect(new Set([first, second.refreshToken, third.refreshToken]).size).toBe(3)
  })

  test('two tabs that refresh at once get the same successor', async () => {
    const token = await begin()
    const [one, other] = await Promise.all([open().refresh(token), open().refresh(token)])
    expect(one).toEqual(other)
    await expect(open().refresh(one.refreshToken)).resolves.toBeDefined()
  })

  test('a token used again after the grace ends the whole session', async () => {
    const token = await begin()
    const { refreshToken } = await open().refresh(token)
    nowMs += 10_001
    await expect(open().refresh(token)).rejects.toMatchObject({ code: 'unauthorized', problem: 'invalid-refresh-token' })
    await expect(open().refresh(refreshToken)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('a token two generations old ends the session at once', async () => {
    const token = await begin()
    const second = await open().refresh(token)
    const third = await open().refresh(second.refreshToken)
    await expect(open().refresh(token)).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(open().refresh(third.refreshToken)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('a session lives on while it is refreshed, and ends without', async () => {
    let token = await begin()
    for (let month = 0; month < 3; month++) {
      nowMs += 29 * DAY_MS
      token = (await open().refresh(token)).refreshToken
    }
    nowMs += 30 * DAY_MS
    await expect(open().refresh(token)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('signing out ends one session and leaves the others', async () => {
    const [here, there] = [await begin(), await begin()]
    const { refreshToken } = await open().refresh(here)
    await open().end(here)
    await expect(open().refresh(refreshToken)).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(open().refresh(there)).resolves.toBeDefined()
    await open().end('nonsense')
  })

  test('one more session than an account may have ends the oldest', async () => {
    const tokens: string[] = []
    for (let count = 0; count < 4; count++) {
      tokens.push(await begin())
      nowMs += 1
    }
    const [oldest, ...others] = tokens
    await expect(open().refresh(oldest ?? '')).rejects.toMatchObject({ code: 'unauthorized' })
    for (const token of others) await expect(open().refresh(token)).resolves.toBeDefined()
  })

  test('the newest session stays even when all began in the same millisecond', async () => {
    const tokens = [await begin(), await begin(), await begin(), await begin()]
    await expect(open().refresh(tokens.at(-1) ?? '')).resolves.toBeDefined()
  })

  test('the database holds hashes of tokens and no token', async () => {
    const token = await begin()
    const rows = await db.all<{ current_hash: string }>('select * from sessions where account_id = $1', [accountId])
    expect(rows[0]?.current_hash).toBe(hashToken(token))
    expect(JSON.stringify(rows)).not.toContain(token.split('.')[1])
  })

  test('a sweep deletes what has expired and nothing else', async () => {
    await begin()
    nowMs += 31 * DAY_MS
    const alive = await begin()
    await open().sweep()
    expect(await db.all('select id from sessions')).toHaveLength(1)
    await expect(open().refresh(alive)).resolves.toBeDefined()
  })
})
