import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DashboardLeases, DashboardState } from '../src/dashboard/state.ts'
import { type RunningRegistry, startRegistry } from './start-registry.ts'

let registry: RunningRegistry

beforeAll(async () => {
  registry = await startRegistry({ 'eureka.environment': 'production', 'eureka.datacenter': 'seoul' })
})
afterAll(() => registry.stop())

test.each(['/', '/lastn'])('the page is at %s and lets nothing in from elsewhere', async (path) => {
  const { status, headers, text } = await get(path)
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'self';.*frame-ancestors 'none'/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(text).not.toMatch(/<style|style=|<script>|\son[a-z]+=/)
})

test('every file that the page names is there, and no other', async () => {
  const { text } = await get('/')
  const names = [...text.matchAll(/(?:src|href)="(dashboard\/[^"]+)"/g)].map(([, name]) => name)
  expect(new Set(names)).toEqual(new Set(['dashboard/icon.svg', 'dashboard/dashboard.css', 'dashboard/dashboard.js']))
  for (const name of names) expect(await get(`/${name}`), name).toMatchObject({ status: 200 })
  expect((await get('/dashboard/dashboard.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  for (const name of ['language.test.ts', 'tsconfig.json', '..%2fdashboard.ts', 'index.html']) {
    expect((await get(`/dashboard/${name}`)).status, name).toBe(404)
  }
})

test('a file that has not changed is not sent again', async () => {
  const first = await get('/dashboard/dashboard.css')
  const etag = first.headers.get('etag') ?? ''
  const second = await get('/dashboard/dashboard.css', { 'if-none-match': etag })
  expect(second).toMatchObject({ status: 304, text: '' })
})

test('the state tells of the server, self-preservation, changes and the viewer', async () => {
  await register('a')
  const { headers, state } = await readState()
  expect(headers.get('cache-control')).toBe('no-store')
  expect(state).toMatchObject({
    eurekaUrl: '../eureka/',
    server: { environment: 'production', dataCenter: 'seoul', version: expect.stringMatching(/^\d/), watchers: 0 },
    preservation: { isEnabled: true, isActive: false, maxMs: 900_000 },
    peers: [],
    viewer: { mayAct: true, signIn: false },
  })
  expect(state.changes.at(-1)).toMatchObject({ what: 'registered', app: 'ORDERS', instanceId: 'a', status: 'UP' })
})

test('of the changes only those are told that are not known', async () => {
  const before = (await readState()).state.changes.at(-1)?.number ?? 0
  await register('b')
  await fetch(`${registry.serviceUrl}apps/ORDERS/b`, { method: 'DELETE' })
  const { changes } = (await readState(`?after=${before}`)).state
  expect(changes.map(({ what, instanceId }) => `${what} ${instanceId}`)).toEqual(['registered b', 'left b'])
  expect((await readState('?after=nonsense')).state.changes.length).toBeGreaterThan(2)
})

test('an instance whose lease ended is told as evicted', async () => {
  await register('dying', { leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 1 } })
  await expect
    .poll(async () => (await readState()).state.changes.at(-1), { timeout: 10_000 })
    .toMatchObject({ what: 'evicted', instanceId: 'dying' })
})

test('leases tell when an instance renewed, and the status that it gave itself', async () => {
  await register('a')
  await fetch(`${registry.serviceUrl}apps/ORDERS/a/status?value=OUT_OF_SERVICE`, { method: 'PUT' })
  const { nowMs, applications } = JSON.parse((await get('/dashboard/leases?app=ORDERS&app=NOBODY')).text) as DashboardLeases
  expect(applications).toEqual({ ORDERS: [['a', expect.any(Number), 'UP']] })
  expect(nowMs - (applications.ORDERS?.[0]?.[1] ?? 0)).toBeLessThan(10_000)
  expect(JSON.parse((await get('/dashboard/leases')).text)).toMatchObject({ applications: {} })
})

test('it can be put elsewhere, or off', async () => {
  const moved = await startRegistry({ 'eureka.dashboard.path': '/ui/registry' })
  expect((await fetch(`${moved.url}/`)).status).toBe(404)
  const redirect = await fetch(`${moved.url}/ui/registry`)
  expect(redirect).toMatchObject({ status: 200, url: `${moved.url}/ui/registry/` })
  expect(await (await fetch(`${moved.url}/ui/registry/dashboard/state`)).json()).toMatchObject({ eurekaUrl: '../../../eureka/' })
  await moved.stop()
  const off = await startRegistry({ 'eureka.dashboard.enabled': false })
  for (const path of ['/', '/lastn', '/dashboard/state']) expect((await fetch(off.url + path)).status, path).toBe(404)
  await off.stop()
})

test.each(['/eureka', '/actuator/x', 'ui', '/a b'])('the path %s is refused', async (path) => {
  await expect(startRegistry({ 'eureka.dashboard.path': path })).rejects.toThrow('eureka.dashboard.path')
})

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(registry.url + path, { headers })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

async function readState(query = ''): Promise<{ headers: Headers; state: DashboardState }> {
  const { headers, text } = await get(`/dashboard/state${query}`)
  return { headers, state: JSON.parse(text) }
}

async function register(instanceId: string, changes: Record<string, unknown> = {}): Promise<void> {
  const instance = { instanceId, hostName: 'web1', app: 'ORDERS', ipAddr: '10.1.2.3', dataCenterInfo: { name: 'MyOwn' }, ...changes }
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${registry.serviceUrl}apps/ORDERS`, { method: 'POST', headers, body: JSON.stringify({ instance }) })
  expect(answer.status).toBe(204)
}
