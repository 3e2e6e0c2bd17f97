import type { Socket } from 'node:net'
import { hash } from '@node-rs/argon2'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Permission } from './access-rules.ts'
import { accountsOf } from './accounts.ts'
import { addressOf, createGuard, type Guard, type GuardOptions } from './guard.ts'
import type { AccountConfig } from './security-config.ts'

const may: Permission[] = [{ action: 'register', applications: ['ORDERS'] }]
const accounts = [
  { name: 'client', password: 'secret', token: '', may },
  { name: 'other', password: '', token: 'a-token-of-some-length', may: [] },
] as AccountConfig[]
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const RIGHT = basic('client:secret')
const BEARER = 'Bearer a-token-of-some-length'

let nowMs: number
const audit = { refused: vi.fn() }
const onRefusal = vi.fn()
beforeEach(() => {
  nowMs = 1_000_000
  vi.clearAllMocks()
})

function aGuard(changes: Partial<GuardOptions> = {}): Guard {
  return createGuard({
    accounts: accountsOf(accounts),
    anonymous: [],
    hosts: [],
    requestsPerSecond: 0,
    burst: 1,
    failuresPerMinute: 3,
    audit,
    onRefusal,
    now: () => nowMs,
    ...changes,
  })
}

const aSocket = (remoteAddress = '10.0.0.1') => ({ remoteAddress }) as Socket // the guard reads nothing else

async function ask(guard: Guard, authorization?: string, { socket = aSocket(), method = 'GET', headers = {} } = {}) {
  const admission = await guard.admit({
    method,
    headers: { host: 'registry:8761', ...headers, ...(authorization && { authorization }) },
    socket,
  })
  if ('caller' in admission) return admission.caller.account ?? 'nobody'
  const { status, headers: answered, reason } = admission.refusal
  return `${status} ${reason}${answered['retry-after'] ? ` ${answered['retry-after']}` : ''}`
}

test('right credentials are an account, none are nobody, wrong ones are refused', async () => {
  const guard = aGuard()
  expect(await ask(guard, RIGHT)).toBe('client')
  expect(await ask(guard, BEARER)).toBe('other')
  expect(await ask(guard)).toBe('nobody')
  expect(await ask(guard, basic('client:wrong'))).toBe('401 credentials')
  expect(onRefusal.mock.calls).toEqual([['credentials']])
  expect(audit.refused).toHaveBeenCalledWith({ account: undefined, address: '10.0.0.1' }, { reason: 'credentials' })
})

test('nobody is asked to sign in, an account is told what it lacks', async () => {
  const guard = aGuard()
  const caller = async (authorization?: string) => {
    return guard.rolesOf({ headers: authorization ? { authorization } : {}, socket: aSocket() })
  }
  expect(guard.refusalOf(await caller(), 'read')).toMatchObject({
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="eureka"' },
    text: '',
  })
  expect(guard.refusalOf(await caller(RIGHT), 'register', 'STOCK')).toMatchObject({
    status: 403,
    text: expect.stringContaining('client lacks the right to register STOCK'),
  })
  expect(guard.refusalOf(await caller(RIGHT), 'register', 'orders')).toBeUndefined()
  expect(guard.refusalOf(await caller(basic('client:wrong')), 'register', 'ORDERS')).toMatchObject({ status: 401 })
})

test('some things may be allowed to nobody', async () => {
  const guard = aGuard({ anonymous: [{ action: 'read', applications: ['*'] }] })
  const caller = await guard.rolesOf({ headers: {}, socket: aSocket() })
  expect(guard.refusalOf(caller, 'read')).toBeUndefined()
  expect(guard.refusalOf(caller, 'register', 'ORDERS')).toMatchObject({ status: 401 })
})

describe('guessing', () => {
  const guess = (guard: Guard, number: number, socket = aSocket()) => ask(guard, basic(`client:${number}`), { socket })

  test('is slowed down, also for the right guess', async () => {
    const guard = aGuard()
    for (const number of [1, 2, 3]) expect(await guess(guard, number)).toBe('401 credentials')
    expect(await guess(guard, 4)).toBe('429 failures 20')
    expect(await ask(guard, RIGHT)).toBe('429 failures 20')
    nowMs += 20_000
    expect(await ask(guard, RIGHT)).toBe('client')
  })

  test('from one address hinders no other, nor requests without credentials', async () => {
    const guard = aGuard()
    for (const number of [1, 2, 3, 4]) await guess(guard, number)
    expect(await ask(guard, RIGHT, { socket: aSocket('10.0.0.2') })).toBe('client')
    expect(await ask(guard)).toBe('nobody')
  })

  test('does not end a neighbour’s connection that has signed in', async () => {
    const guard = aGuard()
    const neighbour = aSocket()
    expect(await ask(guard, RIGHT, { socket: neighbour })).toBe('client')
    for (const number of [1, 2, 3, 4]) await guess(guard, number)
    expect(await ask(guard, RIGHT, { socket: neighbour })).toBe('client')
    expect(await ask(guard, BEARER, { socket: neighbour })).toBe('429 failures 20')
    expect(await ask(guard, RIGHT)).toBe('429 failures 20')
  })

  test('is not what a client does that repeats the same wrong password', async () => {
    const guard = aGuard()
    for (let round = 0; round < 50; round++) expect(await guess(guard, 1)).toBe('401 credentials')
    expect(await ask(guard, RIGHT)).toBe('client')
  })

  test('many at once are many', async () => {
    const password = await hash('secret', { memoryCost: 1024, timeCost: 1 })
    const guard = aGuard({ accounts: accountsOf([{ name: 'client', password, token: '', may: [] }]) })
    const answers = await Promise.all([1, 2, 3, 4, 5].map((number) => guess(guard, number)))
    expect(answers.sort()).toEqual(['401 credentials', '401 credentials', '401 credentials', '429 failures 20', '429 failures 20'])
  })
})

describe('too many requests', () => {
  test('of a client are asked to come later', async () => {
    const guard = aGuard({ requestsPerSecond: 2, burst: 2 })
    expect([await ask(guard, RIGHT), await ask(guard, RIGHT), await ask(guard, RIGHT)]).toEqual(['client', 'client', '429 rate 1'])
    nowMs += 500
    expect([await ask(guard, RIGHT), await ask(guard, RIGHT)]).toEqual(['client', '429 rate 1'])
  })

  test('disturb neither other accounts of the address nor the account elsewhere', async () => {
    const guard = aGuard({ requestsPerSecond: 1, burst: 1 })
    for (let round = 0; round < 3; round++) for (const header of [undefined, RIGHT, basic('client:wrong')]) await ask(guard, header)
    expect(await ask(guard, RIGHT)).toBe('429 rate 1')
    expect(await ask(guard)).toBe('429 rate 1')
    expect(await ask(guard, BEARER)).toBe('other')
    expect(await ask(guard, RIGHT, { socket: aSocket('10.0.0.2') })).toBe('client')
  })

  test('with wrong credentials count, too', async () => {
    const guard = aGuard({ requestsPerSecond: 1, burst: 2 })
    const answers = [await ask(guard, basic('a:b')), await ask(guard, basic('a:b')), await ask(guard, basic('a:b'))]
    expect(answers).toEqual(['401 credentials', '401 credentials', '429 rate 1'])
  })

  test('what a proxy says of the sender counts for nothing', async () => {
    const guard = aGuard({ requestsPerSecond: 1, burst: 1 })
    const forwarded = (address: string) => ask(guard, RIGHT, { headers: { 'x-forwarded-for': address, forwarded: `for=${address}` } })
    expect([await forwarded('1.1.1.1'), await forwarded('2.2.2.2')]).toEqual(['client', '429 rate 1'])
  })
})

describe('without accounts', () => {
  test('everything is allowed to this machine, under its own names', async () => {
    const guard = aGuard({ accounts: undefined, hosts: ['Peer1'] })
    for (const host of ['localhost:8761', '127.0.0.1:8761', '[::1]:8761', 'peer1:8761'])
      expect(await ask(guard, undefined, { headers: { host } })).toBe('nobody')
    expect(await ask(guard, undefined, { headers: { host: 'evil.example:8761' } })).toBe('403 foreign-host')
    const caller = await guard.rolesOf({ headers: {}, socket: aSocket() })
    expect(guard.refusalOf(caller, 'operate', 'ANY')).toBeUndefined()
  })

  test('credentials are not looked at', async () => {
    expect(await ask(aGuard({ accounts: undefined }), basic('any:thing'), { headers: { host: 'localhost' } })).toBe('nobody')
  })
})

test('pages of other sites change nothing, with accounts or without', async () => {
  for (const guard of [aGuard(), aGuard({ accounts: undefined })]) {
    const headers = { host: 'localhost:8761', origin: 'http://evil.example' }
    expect(await ask(guard, RIGHT, { method: 'POST', headers })).toBe('403 foreign-page')
    expect(await ask(guard, RIGHT, { headers })).not.toContain('403')
  }
})

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::1', '::1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('the address %s is limited as %s', (remoteAddress, address) => {
  expect(addressOf({ remoteAddress })).toBe(address)
})
