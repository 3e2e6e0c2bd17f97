import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role, Session } from '@order-flow/contracts'
import { checkConfig, createTokenVerifier, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@order-flow/service-kit'
import { createTestService } from '@order-flow/service-kit/testing'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { type App, Config, createApp, name } from './app.ts'

type InjectOptions = { cookie?: string; token?: string; source?: string }

const password = 'correct horse battery'
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function anApp(settings: Record<string, unknown> = {}, parts: { dataDir?: string; now?: () => Date } = {}) {
  const { now, ...serviceParts } = parts
  const service = createTestService(
    name,
    checkConfig(Config, settings, () => 'the test'),
    serviceParts,
  )
  const app = await createApp(service, now ? { now } : {})
  cleanups.push(() => app.stop())

  async function call(method: 'GET' | 'POST', url: string, body?: object, { cookie, token, source = '203.0.113.1' }: InjectOptions = {}) {
    const headers = {
      'x-forwarded-for': source,
      ...(cookie === undefined ? {} : { cookie }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const response = await service.http.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
    return { status: response.statusCode, headers: response.headers, cookies: response.cookies, body: bodyOf(response.body) }
  }
  return { app, service, call }
}

function bodyOf(text: string) {
  return text === '' ? undefined : JSON.parse(text)
}

async function tokenOf(app: App, call: Awaited<ReturnType<typeof anApp>>['call'], role: Role): Promise<string> {
  const email = `${role}@example.com`
  await app.seedAccounts([{ email, password, name: role, roles: [role] }])
  return (await call('POST', '/api/auth/login', { email, password })).body.accessToken
}

const ana = { email: 'Ana@Example.com', password, name: ' Ana ' }

describe('registering', () => {
  test('makes a customer and signs them in, with cookies for browsers', async () => {
    const { call } = await anApp()
    const { status, body, cookies, headers } = await call('POST', '/api/auth/register', ana)
    expect(status).toBe(201)
    expect(body).toEqual({
      accessToken: expect.any(String),
      expiresInSeconds: 900,
      refreshToken: expect.any(String),
      account: { id: expect.any(String), email: 'ana@example.com', name: 'Ana', roles: ['customer'] },
    })
    expect(headers['cache-control']).toBe('no-store')
    const attributes = { httpOnly: true, sameSite: 'Strict' }
    expect(cookies).toEqual([
      { name: 'of_access', value: body.accessToken, path: '/', maxAge: 900, ...attributes },
      { name: 'of_refresh', value: body.refreshToken, path: '/api/auth', maxAge: 2_592_000, ...attributes },
    ])
    expect((await call('GET', '/api/auth/me', undefined, { token: body.accessToken })).body).toEqual(body.account)
  })

  test('refuses an address in use, in whatever case, and says nothing about its owner', async () => {
    const { call } = await anApp()
    await call('POST', '/api/auth/register', ana)
    const { status, body, cookies } = await call('POST', '/api/auth/register', { ...ana, email: 'ANA@example.com', name: 'Other' })
    expect(status).toBe(409)
    expect(body.type).toBe('/problems/email-in-use')
    expect(JSON.stringify(body).toLowerCase()).not.toContain('ana')
    expect(cookies).toEqual([])
  })

  test('two at once with one address make one account', async () => {
    const { call } = await anApp()
    const answers = await Promise.all([call('POST', '/api/auth/register', ana), call('POST', '/api/auth/register', ana)])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
  })

  test('refuses what is incomplete or asks for a role', async () => {
    const { call } = await anApp()
    const { name: _name, ...nameless } = ana
    const bodies = [
      { ...ana, password: 'short' },
      { ...ana, email: 'nobody' },
      { ...ana, name: ' ' },
      { ...ana, roles: ['admin'] },
      nameless,
    ]
    for (const body of bodies) expect((await call('POST', '/api/auth/register', body)).status).toBe(400)
  })

  test('is limited by source', async () => {
    const { call } = await anApp({ limits: { registrationsPerSource: 1, registrationWindowSeconds: 3600 } })
    await call('POST', '/api/auth/register', ana)
    const refused = await call('POST', '/api/auth/register', { ...ana, email: 'b@example.com' })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3500)
    const elsewhere = await call('POST', '/api/auth/register', { ...ana, email: 'b@example.com' }, { source: '203.0.113.2' })
    expect(elsewhere.status).toBe(201)
  })
})

describe('signing in', () => {
  test('takes the address in whatever case, and answers the same to a wrong password and an unknown address', async () => {
    const { call } = await anApp()
    const { body } = await call('POST', '/api/auth/register', ana)
    const right = await call('POST', '/api/auth/login', { email: ' ANA@example.com', password })
    expect(right).toMatchObject({ status: 200, body: { account: body.account } })
    const wrong = await call('POST', '/api/auth/login', { email: ana.email, password: 'wrong' })
    const unknown = await call('POST', '/api/auth/login', { email: 'who@example.com', password })
    expect(wrong.status).toBe(401)
    expect(wrong.body).toEqual(unknown.body)
    expect(wrong.body.type).toBe('/problems/wrong-credentials')
  })

  test('pauses after five failures, also for unknown addresses; another source is not concerned', async () => {
    const { call } = await anApp({ limits: { firstPauseSeconds: 600 } })
    await call('POST', '/api/auth/register', ana)
    for (const email of [ana.email, 'who@example.com']) {
      for (let time = 0; time < 5; time++) {
        expect((await call('POST', '/api/auth/login', { email, password: 'wrong' })).status).toBe(401)
      }
      const { status, headers, body } = await call('POST', '/api/auth/login', { email, password })
      expect({ status, type: body.type }).toEqual({ status: 429, type: '/problems/too-many-attempts' })
      expect(Number(headers['retry-after'])).toBeGreaterThan(500)
    }
    const elsewhere = await call('POST', '/api/auth/login', { email: ana.email, password }, { source: '203.0.113.2' })
    expect(elsewhere.status).toBe(200)
  })

  test('a success clears the failures of the account', async () => {
    const { call } = await anApp()
    await call('POST', '/api/auth/register', ana)
    for (let round = 0; round < 2; round++) {
      for (let time = 0; time < 4; time++) await call('POST', '/api/auth/login', { email: ana.email, password: 'wrong' })
      expect((await call('POST', '/api/auth/login', { email: ana.email, password })).status).toBe(200)
    }
  })

  test('a source that guesses at many accounts pauses, and its own account does not help it', async () => {
    const { call } = await anApp({ limits: { failuresPerSource: 6 } })
    await call('POST', '/api/auth/register', ana)
    for (let time = 0; time < 6; time++) {
      await call('POST', '/api/auth/login', { email: `victim-${time}@example.com`, password: 'wrong' })
      if (time < 5) await call('POST', '/api/auth/login', { email: ana.email, password })
    }
    expect((await call('POST', '/api/auth/login', { email: 'victim-9@example.com', password: 'wrong' })).status).toBe(429)
  })

  test('more than can be hashed is turned away with 503 and is not counted as failed', async () => {
    const { call } = await anApp({ passwords: { maxConcurrent: 1, maxWaiting: 1 } })
    await call('POST', '/api/auth/register', ana)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_value, index) =>
        call('POST', '/api/auth/login', { email: ana.email, password }, { source: `203.0.113.${index}` }),
      ),
    )
    const refused = answers.filter(({ status }) => status === 503)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.headers['retry-after']).toBe('2')
  })

  test('is counted by outcome', async () => {
    const { call, service } = await anApp()
    await call('POST', '/api/auth/register', ana)
    await call('POST', '/api/auth/login', { email: ana.email, password })
    for (let time = 0; time < 6; time++) await call('POST', '/api/auth/login', { email: ana.email, password: 'wrong' })
    const numbers = await service.metrics.registry.metrics()
    expect(numbers).toMatch(/identity_sign_ins_total\{outcome="accepted",.*\} 1/)
    expect(numbers).toMatch(/identity_sign_ins_total\{outcome="refused",.*\} 5/)
    expect(numbers).toMatch(/identity_sign_ins_total\{outcome="limited",.*\} 1/)
  })
})

describe('a session', () => {
  test('goes on by the token in the body or in the cookie', async () => {
    const { call } = await anApp()
    const first: Session = (await call('POST', '/api/auth/register', ana)).body
    const second = await call('POST', '/api/auth/refresh', { refreshToken: first.refreshToken })
    expect(second).toMatchObject({ status: 200, body: { account: first.account } })
    const cookie = `a=b; of_refresh=${second.body.refreshToken}`
    for (const body of [undefined, {}]) {
      const third = await call('POST', '/api/auth/refresh', body, { cookie })
      expect(third.status).toBe(200)
      expect(third.cookies.map((set) => set.name)).toEqual(['of_access', 'of_refresh'])
    }
  })

  test('ends for thief and owner when a token is used again after the grace', async () => {
    let nowMs = Date.now()
    const { call } = await anApp({}, { now: () => new Date(nowMs) })
    const first: Session = (await call('POST', '/api/auth/register', ana)).body
    const second: Session = (await call('POST', '/api/auth/refresh', { refreshToken: first.refreshToken })).body
    nowMs += 10_001
    for (const refreshToken of [first.refreshToken, second.refreshToken]) {
      const { status, body } = await call('POST', '/api/auth/refresh', { refreshToken })
      expect(status).toBe(401)
      expect(body.type).toBe('/problems/invalid-refresh-token')
    }
  })

  test('ends with sign-out, for which a refresh token is enough; the cookies are cleared even without', async () => {
    const { call } = await anApp()
    const { refreshToken } = (await call('POST', '/api/auth/register', ana)).body
    const out = await call('POST', '/api/auth/logout', undefined, { cookie: `of_refresh=${refreshToken}` })
    expect(out).toMatchObject({ status: 204, cookies: [{ maxAge: 0 }, { maxAge: 0 }] })
    expect((await call('POST', '/api/auth/refresh', { refreshToken })).status).toBe(401)
    expect((await call('POST', '/api/auth/logout')).status).toBe(204)
  })

  test.each([[undefined], [{ refreshToken: 'nonsense' }], [{}]])('cannot be refreshed with %j', async (body) => {
    const { call } = await anApp()
    expect((await call('POST', '/api/auth/refresh', body)).status).toBe(401)
  })
})

describe('tokens', () => {
  test('are verified by jose and by service-kit from the published keys, over real HTTP', async () => {
    const { app, call } = await anApp()
    const url = await app.start()
    const { accessToken, account } = (await call('POST', '/api/auth/register', ana)).body
    const fetchKeys = async () => (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
    const jwks = await fetchKeys()
    expect(jwks).toEqual({ keys: [{ kty: 'RSA', n: expect.any(String), e: 'AQAB', kid: expect.any(String), alg: 'RS256', use: 'sig' }] })
    const { payload, protectedHeader } = await jwtVerify(accessToken, createLocalJWKSet(jwks), {
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
    })
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: jwks.keys[0]?.kid })
    expect(payload).toMatchObject({ sub: account.id, roles: ['customer'], jti: expect.any(String) })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900)
    expect(await createTokenVerifier({ fetchKeys }).verify(accessToken)).toEqual({ userId: account.id, roles: ['customer'] })
  })

  test('stay valid over a restart, as do accounts and sessions; the database is for its owner only', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'order-flow-'))
    cleanups.push(() => rmSync(dataDir, { recursive: true }))
    const before = await anApp({}, { dataDir })
    const { accessToken, refreshToken, account } = (await before.call('POST', '/api/auth/register', ana)).body
    for (const suffix of ['', '-wal']) expect(statSync(join(dataDir, `${name}.db${suffix}`)).mode & 0o777).toBe(0o600)
    await before.app.stop()
    const { call } = await anApp({}, { dataDir })
    expect((await call('GET', '/api/auth/me', undefined, { token: accessToken })).body).toEqual(account)
    expect((await call('POST', '/api/auth/refresh', { refreshToken })).status).toBe(200)
    expect((await call('POST', '/api/auth/login', { email: ana.email, password })).status).toBe(200)
  })

  test('are asked for', async () => {
    const { call } = await anApp()
    for (const url of ['/api/auth/me', '/api/accounts', '/api/accounts/x']) expect((await call('GET', url)).status).toBe(401)
    expect((await call('GET', '/api/auth/me', undefined, { token: 'a.b.c' })).status).toBe(401)
  })
})

describe('accounts', () => {
  test('are imported by operators once per reference', async () => {
    const { app, call } = await anApp()
    const token = await tokenOf(app, call, 'operator')
    const accounts = Array.from({ length: 1000 }, (_value, index) => ({ reference: `C${index}`, name: `Customer ${index}` }))
    const first = await call('POST', '/api/accounts/import', { accounts }, { token })
    const again = await call('POST', '/api/accounts/import', { accounts: accounts.slice(0, 2).reverse() }, { token })
    expect(first.status).toBe(200)
    expect(new Set(first.body.accounts.map(({ id }: { id: string }) => id)).size).toBe(1000)
    expect(again.body.accounts).toEqual(first.body.accounts.slice(0, 2).reverse())
    const tooMany = { accounts: [...accounts, { reference: 'x', name: 'x' }] }
    expect((await call('POST', '/api/accounts/import', tooMany, { token })).status).toBe(400)
    const { id } = first.body.accounts[0]
    expect((await call('GET', `/api/accounts/${id}`, undefined, { token })).body).toEqual({
      id,
      email: null,
      name: 'Customer 0',
      roles: ['customer'],
    })
  })

  test('are found by agents, page by page', async () => {
    const { app, call } = await anApp()
    const operator = await tokenOf(app, call, 'operator')
    const agent = await tokenOf(app, call, 'agent')
    const accounts = Array.from({ length: 60 }, (_value, index) => ({ reference: `ref-${index}`, name: `Found ${index}` }))
    await call('POST', '/api/accounts/import', { accounts }, { token: operator })
    const first = await call('GET', '/api/accounts?search=found', undefined, { token: agent })
    const second = await call('GET', `/api/accounts?search=found&cursor=${first.body.nextCursor}`, undefined, { token: agent })
    const names = [...first.body.accounts, ...second.body.accounts].map((account: { name: string }) => account.name)
    expect(first.body.accounts).toHaveLength(50)
    expect(second.body.nextCursor).toBeNull()
    expect(names).toEqual(accounts.map((account) => account.name).reverse())
    expect((await call('GET', '/api/accounts?search=agent@example', undefined, { token: agent })).body.accounts).toHaveLength(1)
    expect((await call('GET', '/api/accounts?cursor=x', undefined, { token: agent })).status).toBe(400)
  })

  test('are no business of other customers', async () => {
    const { app, call } = await anApp()
    const token = await tokenOf(app, call, 'customer')
    const other = (await call('POST', '/api/auth/register', ana)).body.account
    const { id } = (await call('GET', '/api/auth/me', undefined, { token })).body
    expect((await call('GET', `/api/accounts/${id}`, undefined, { token })).status).toBe(200)
    expect((await call('GET', `/api/accounts/${other.id}`, undefined, { token })).status).toBe(403)
    expect((await call('GET', '/api/accounts', undefined, { token })).status).toBe(403)
    const importing = { accounts: [{ reference: 'r', name: 'n' }] }
    expect((await call('POST', '/api/accounts/import', importing, { token })).status).toBe(403)
    const agent = await tokenOf(app, call, 'agent')
    expect((await call('GET', `/api/accounts/${other.id}`, undefined, { token: agent })).status).toBe(200)
    expect((await call('POST', '/api/accounts/import', importing, { token: agent })).status).toBe(403)
    expect((await call('GET', '/api/accounts/unknown', undefined, { token: agent })).status).toBe(404)
  })

  test('are seeded once; an account that exists keeps its password and roles', async () => {
    const { app, call } = await anApp()
    const admin = { email: 'Admin@Example.com', password, name: 'Admin', roles: ['admin' as const] }
    expect(await app.seedAccounts([admin])).toEqual(['admin@example.com'])
    expect(await app.seedAccounts([{ ...admin, password: 'another password', roles: ['customer'] }])).toEqual([])
    const { body } = await call('POST', '/api/auth/login', { email: admin.email, password })
    expect(body.account.roles).toEqual(['admin'])
    const importing = { accounts: [{ reference: 'r', name: 'n' }] }
    expect((await call('POST', '/api/accounts/import', importing, { token: body.accessToken })).status).toBe(200)
  })
})

test('the service is healthy while its database answers', async () => {
  const { call } = await anApp()
  expect((await call('GET', '/actuator/health')).body).toEqual({ status: 'UP', components: { database: { status: 'UP' } } })
})
