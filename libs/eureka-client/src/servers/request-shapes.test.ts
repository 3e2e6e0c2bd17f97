import { afterEach, beforeEach, expect, test } from 'vitest'
import { aWireInstance, startTestRegistry, type TestRegistry } from '../testing-registry.ts'
import { createEurekaApi, type EurekaApi } from './eureka-api.ts'

// The requests that Netflix's suite for clients (EurekaHttpClientCompatibilityTestSuite) asks for, seen by a real server.

const key = { appName: 'orders', instanceId: 'web1:orders:8080' }
const PATH = '/eureka/apps/ORDERS/web1%3Aorders%3A8080'

let registry: TestRegistry
let api: EurekaApi

beforeEach(async () => {
  registry = await startTestRegistry()
  api = createEurekaApi({ client: { serviceUrl: { defaultZone: registry.url.replace('//', '//user:pass@word@') } } })
})
afterEach(() => registry.stop())

test('a registration is posted to its application as JSON', async () => {
  await api.register('orders', { instance: aWireInstance(key.instanceId) })
  expect(registry.requests).toMatchObject([
    { method: 'POST', path: '/eureka/apps/ORDERS', headers: { 'content-type': 'application/json', accept: 'application/json' } },
  ])
  expect(JSON.parse(registry.requests[0]?.body ?? '')).toMatchObject({ instance: { instanceId: key.instanceId } })
})

test('a heartbeat tells status and time of the last change, and an unknown instance is false', async () => {
  const state = { status: 'UP', dirtyAtMs: 1000 } as const
  expect(await api.heartbeat(key, state)).toBe(false)
  registry.put(aWireInstance(key.instanceId))
  expect(await api.heartbeat(key, state)).toBe(true)
  expect(registry.requests[1]).toMatchObject({ method: 'PUT', path: `${PATH}?status=UP&lastDirtyTimestamp=1000`, body: '' })
})

test('a cancellation deletes the instance', async () => {
  registry.put(aWireInstance(key.instanceId))
  await api.cancel(key)
  expect(registry.requests).toMatchObject([{ method: 'DELETE', path: PATH }])
  expect(registry.has('ORDERS', key.instanceId)).toBe(false)
})

test('a status is overridden and the override removed below the instance', async () => {
  expect(await api.overrideStatus(key, 'OUT_OF_SERVICE')).toBe(false)
  registry.put(aWireInstance(key.instanceId))
  expect(await api.overrideStatus(key, 'OUT_OF_SERVICE')).toBe(true)
  expect(await api.removeOverride(key)).toBe(true)
  expect(registry.requests.slice(1)).toMatchObject([
    { method: 'PUT', path: `${PATH}/status?value=OUT_OF_SERVICE` },
    { method: 'DELETE', path: `${PATH}/status` },
  ])
})

test('metadata is put as query', async () => {
  registry.put(aWireInstance(key.instanceId))
  expect(await api.putMetadata(key, { weight: '2', note: 'a b' })).toBe(true)
  expect(registry.requests).toMatchObject([{ method: 'PUT', path: `${PATH}/metadata?weight=2&note=a+b` }])
})

test('everything, changes and VIP addresses are asked for by their paths, compressed', async () => {
  registry.put(aWireInstance(key.instanceId))
  const answers = [await api.fetchAll(), await api.fetchDelta(), await api.fetchVip('orders'), await api.fetchSecureVip('a,b')]
  expect(answers.map((answer) => answer?.entries[0]?.instance.instanceId)).toEqual(Array(4).fill(key.instanceId))
  expect(answers[1]).toMatchObject({ hash: 'UP_1_', version: 1, entries: [{ action: 'ADDED' }] })
  expect(registry.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /eureka/apps/',
    'GET /eureka/apps/delta',
    'GET /eureka/vips/orders',
    'GET /eureka/svips/a%2Cb',
  ])
  expect(registry.requests[0]?.headers['accept-encoding']).toBe('gzip')
})

test('an application and an instance are looked up by name and id, and may be missing', async () => {
  expect(await api.fetchApplication('orders')).toEqual([])
  expect(await api.fetchInstance(key)).toBeUndefined()
  expect(await api.fetchInstanceById(key.instanceId)).toBeUndefined()
  registry.put(aWireInstance(key.instanceId))
  expect(await api.fetchApplication('orders')).toMatchObject([{ instanceId: key.instanceId }])
  expect(await api.fetchInstance(key)).toMatchObject({ appName: 'ORDERS' })
  expect(await api.fetchInstanceById(key.instanceId)).toMatchObject({ instanceId: key.instanceId })
  expect(registry.requests.slice(3).map(({ path }) => path)).toEqual([
    '/eureka/apps/ORDERS',
    PATH,
    '/eureka/instances/web1%3Aorders%3A8080',
  ])
})

test('user and password of the address are sent as HTTP Basic with each request', async () => {
  await api.fetchAll()
  expect(registry.requests[0]?.headers.authorization).toBe(`Basic ${btoa('user:pass@word')}`)
})

test('a registration at an address that is not a registry says what lacks', async () => {
  registry.failWith = 404
  await expect(api.register('orders', { instance: {} })).rejects.toThrow('404: its address lacks a part')
})
