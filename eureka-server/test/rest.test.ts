import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RunningRegistry, startRegistry } from './start-registry.ts'

let registry: RunningRegistry

beforeAll(async () => {
  registry = await startRegistry({ 'eureka.server.max-instances': 3 })
})
afterAll(() => registry.stop())
beforeEach(async () => {
  await ask('DELETE', '/eureka/apps/ORDERS/web1:orders:8080')
})

const id = 'web1:orders:8080'

test('an empty registry is listed as such', async () => {
  const answer = await ask('GET', '/eureka/apps/')
  expect(answer).toMatchObject({ status: 200, contentType: 'application/json' })
  expect(answer.text).toBe('{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}')
})

test.each(['/eureka', '/eureka/v2'])('an instance registers, is listed, renews and leaves under %s', async (base) => {
  expect(await register(base)).toMatchObject({ status: 204, text: '' })
  const all = await ask('GET', `${base}/apps`)
  expect(JSON.parse(all.text)).toMatchObject({
    applications: { apps__hashcode: 'UP_1_', application: [{ name: 'ORDERS', instance: [{ instanceId: id }] }] },
  })
  for (const path of [`/apps/orders/${id}`, `/apps/ORDERS/${encodeURIComponent(id)}`, `/instances/${id}`, `/apps/ORDERS/${id}/`]) {
    expect(JSON.parse((await ask('GET', base + path)).text)).toMatchObject({
      instance: { instanceId: id, status: 'UP', port: { $: 8080 } },
    })
  }
  expect(JSON.parse((await ask('GET', `${base}/apps/Orders`)).text)).toMatchObject({ application: { name: 'ORDERS', instance: [{}] } })
  expect(await ask('PUT', `${base}/apps/ORDERS/${id}?status=UP&lastDirtyTimestamp=1`)).toMatchObject({ status: 200, text: '' })
  expect(await ask('DELETE', `${base}/apps/ORDERS/${id}`)).toMatchObject({ status: 200, text: '' })
  expect(JSON.parse((await ask('GET', `${base}/apps`)).text)).toMatchObject({ applications: { application: [] } })
})

test('what is not known is 404 with an empty body, by which Java clients know that they must register', async () => {
  for (const [method, path] of [
    ['PUT', `/eureka/apps/ORDERS/${id}`],
    ['DELETE', `/eureka/apps/ORDERS/${id}`],
    ['GET', `/eureka/apps/ORDERS/${id}`],
    ['GET', '/eureka/apps/ORDERS'],
    ['GET', '/eureka/apps/delta'],
    ['GET', `/eureka/instances/${id}`],
    ['PUT', `/eureka/apps/ORDERS/${id}/status?value=UP`],
  ] as const) {
    expect(await ask(method, path), `${method} ${path}`).toMatchObject({ status: 404, text: '' })
  }
})

test('a heartbeat in JSON without a body is a heartbeat', async () => {
  await register()
  expect(await ask('PUT', `/eureka/apps/ORDERS/${id}`, { contentType: 'application/json' })).toMatchObject({ status: 200 })
  expect(await ask('PUT', `/eureka/apps/ORDERS/${id}`, { contentType: 'application/json', body: '{}' })).toMatchObject({ status: 200 })
})

test('an instance is put out of service and brought back', async () => {
  await register()
  expect(await ask('PUT', `/eureka/apps/ORDERS/${id}/status?value=OUT_OF_SERVICE`)).toMatchObject({ status: 200, text: '' })
  expect(JSON.parse((await ask('GET', `/eureka/apps/ORDERS/${id}`)).text).instance).toMatchObject({
    status: 'OUT_OF_SERVICE',
    overriddenStatus: 'OUT_OF_SERVICE',
    actionType: 'MODIFIED',
  })
  expect(await ask('DELETE', `/eureka/apps/ORDERS/${id}/status?value=UP`)).toMatchObject({ status: 200, text: '' })
  expect(JSON.parse((await ask('GET', `/eureka/apps/ORDERS/${id}`)).text).instance).toMatchObject({
    status: 'UP',
    overriddenStatus: 'UNKNOWN',
  })
})

test('a status that does not exist and a timestamp that is none are refused', async () => {
  await register()
  expect(await ask('PUT', `/eureka/apps/ORDERS/${id}/status?value=asleep`)).toMatchObject({ status: 400 })
  expect(await ask('PUT', `/eureka/apps/ORDERS/${id}/status`)).toMatchObject({ status: 400 })
  expect(await ask('PUT', `/eureka/apps/ORDERS/${id}?lastDirtyTimestamp=soon`)).toMatchObject({ status: 400 })
})

test('what is no registration is refused with the reason, and changes nothing', async () => {
  expect(await ask('POST', '/eureka/apps/ORDERS', { contentType: 'application/json', body: '{' })).toMatchObject({ status: 400 })
  expect(await ask('POST', '/eureka/apps/ORDERS', { contentType: 'application/xml', body: '<instance/>' })).toMatchObject({ status: 415 })
  expect(await ask('POST', '/eureka/apps/STOCK', { contentType: 'application/json', body: body() })).toMatchObject({
    status: 400,
    text: 'Mismatched appName, expecting STOCK but was ORDERS',
  })
  const huge = await ask('POST', '/eureka/apps/ORDERS', {
    contentType: 'application/json',
    body: body({ metadata: { a: 'x'.repeat(65_536) } }),
  })
  expect(huge.status).toBe(413)
  expect(JSON.parse((await ask('GET', '/eureka/apps')).text).applications.application).toEqual([])
})

test('a full registry refuses the next instance and says why', async () => {
  for (const instanceId of ['a', 'b', 'c']) expect(await register('/eureka', { instanceId })).toMatchObject({ status: 204 })
  expect(await register('/eureka', { instanceId: 'd' })).toMatchObject({ status: 400, text: expect.stringContaining('takes 3 instances') })
  for (const instanceId of ['a', 'b', 'c']) await ask('DELETE', `/eureka/apps/ORDERS/${instanceId}`)
})

test('health and the number of instances can be asked for', async () => {
  await register()
  expect(JSON.parse((await ask('GET', '/actuator/health')).text)).toMatchObject({ status: 'UP' })
  expect((await ask('GET', '/actuator/prometheus')).text).toContain(
    'eureka_server_instances{application="ORDERS",status="UP",service="eureka-server"} 1',
  )
})

function register(base = '/eureka', changes: Record<string, unknown> = {}) {
  return ask('POST', `${base}/apps/ORDERS`, { contentType: 'application/json', body: body(changes) })
}

function body(changes: Record<string, unknown> = {}): string {
  const dataCenterInfo = { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' }
  const instance = {
    instanceId: id,
    hostName: 'web1',
    app: 'ORDERS',
    ipAddr: '10.1.2.3',
    port: { $: 8080, '@enabled': 'true' },
    dataCenterInfo,
  }
  return JSON.stringify({ instance: { ...instance, lastDirtyTimestamp: '1000', ...changes } })
}

async function ask(method: string, path: string, { contentType, body }: { contentType?: string; body?: string } = {}) {
  const response = await fetch(registry.url + path, {
    method,
    headers: contentType === undefined ? {} : { 'content-type': contentType },
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, contentType: response.headers.get('content-type'), text: await response.text() }
}
