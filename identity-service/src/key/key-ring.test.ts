import { join } from 'node:path'
import { type Database, migrate, silentLogger, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAccessTokens } from './access-token.ts'
import { openKeyRing } from './key-ring.ts'
import { createSigningKeyStore } from './signing-key-store.ts'

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations')

const DAY_MS = 86_400_000
const policy = { rotateAfterMs: 30 * DAY_MS, publishAheadMs: DAY_MS, tokenMs: 960_000 }

describe.each(ENGINES)('keys in $name', (engine) => {
  let db: Database
  let remove: () => Promise<void>
  let nowMs: number
  const now = () => new Date(nowMs)
  const open = () => openKeyRing({ db, store: createSigningKeyStore(), policy, logger: silentLogger, now })
  const kidsOf = (published: JSONWebKeySet) => published.keys.map(({ kid }) => kid)

  beforeEach(async () => {
    const opened = await engine.open()
    db = opened.db
    remove = opened.remove
    nowMs = Date.parse('2026-01-01T00:00:00.000Z')
    await migrate(db, MIGRATIONS)
  })
  afterEach(() => remove())

  test('a restart goes on with the same key', async () => {
    const first = await open()
    const again = await open()
    expect(again.current().kid).toBe(first.current().kid)
    expect(kidsOf(again.published())).toHaveLength(1)
  })

  test('two instances that start at once have the same key', async () => {
    const [one, other] = await Promise.all([open(), open()])
    expect(one.published()).toEqual(other.published())
    expect(one.published().keys).toHaveLength(1)
  })

  test('keys rotate without a token that verifiers cannot check', async () => {
    const ring = await open()
    const tokens = createAccessTokens({ keys: ring, accessSeconds: 900, now })
    const check = (token: string, jwks: JSONWebKeySet) =>
      jwtVerify(token, createLocalJWKSet(jwks), { issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE, currentDate: now() })
    const firstKid = ring.current().kid

    nowMs += 29 * DAY_MS
    await ring.refresh()
    const publishedAhead = ring.published()
    expect(kidsOf(publishedAhead)).toHaveLength(2)
    expect(ring.current().kid).toBe(firstKid)

    nowMs += DAY_MS - 1
    const lastOfOld = await tokens.sign({ id: 'u', roles: ['customer'] })
    nowMs += 1
    const firstOfNew = await tokens.sign({ id: 'u', roles: ['customer'] })
    expect(decodeProtectedHeader(firstOfNew).kid).not.toBe(firstKid)
    await check(firstOfNew, publishedAhead)

    nowMs += 890_000
    await ring.refresh()
    await check(lastOfOld, ring.published())
    nowMs += 100_000
    await ring.refresh()
    expect(kidsOf(ring.published())).not.toContain(firstKid)
    expect(await db.all('select generation from signing_keys')).toHaveLength(1)
  })
})
