import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
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
  expect(await ask('POST', '/eureka/apps/ORDERS', { contentType: 'application/xml', body: '<instance/>' })).toMatchObject({
    status: 400,
    contentType: 'application/xml',
  })
  expect(await ask('POST', '/eureka/apps/ORDERS', { contentType: 'text/plain', body: body() })).toMatchObject({ status: 415 })
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

test('slashes may be doubled or stand at the end', async () => {
  await register()
  for (const path of [`//eureka//apps//ORDERS/${id}`, '/eureka/apps//', `/eureka/v2/apps/ORDERS/${id}/`, '/eureka/v1/apps']) {
    expect((await ask('GET', path)).status, path).toBe(200)
  }
})

test('without "json" in Accept an answer is XML', async () => {
  await register()
  const xml = await ask('GET', '/eureka/apps', { headers: { accept: '*/*' } })
  expect(xml).toMatchObject({ contentType: 'application/xml', text: expect.stringContaining('<instanceId>web1:orders:8080</instanceId>') })
  const json = await ask('GET', '/eureka/apps', { headers: { accept: 'application/xml, application/*+json' } })
  expect(json.contentType).toBe('application/json')
})

test('an instance registers in XML, and compressed', async () => {
  const xml = `<instance><instanceId>${id}</instanceId><hostName>web1</hostName><app>ORDERS</app><ipAddr>10.1.2.3</ipAddr>
    <dataCenterInfo><name>MyOwn</name></dataCenterInfo><metadata><zone>a</zone></metadata></instance>`
  const headers = { 'content-encoding': 'gzip' }
  expect(await ask('POST', '/eureka/apps/ORDERS', { contentType: 'application/xml', body: gzipSync(xml), headers })).toMatchObject({
    status: 204,
  })
  expect(JSON.parse((await ask('GET', `/eureka/apps/ORDERS/${id}`)).text).instance.metadata).toEqual({ zone: 'a' })
  expect(await ask('POST', '/eureka/apps/ORDERS', { contentType: 'application/xml', body: xml, headers })).toMatchObject({ status: 400 })
  const bomb = gzipSync(Buffer.alloc(10_000_000))
  expect(await ask('POST', '/eureka/apps/ORDERS', { contentType: 'application/xml', body: bomb, headers })).toMatchObject({ status: 413 })
})

test('lists come compressed to whoever takes gzip', async () => {
  await register()
  const plain = await ask('GET', '/eureka/apps', { headers: { 'accept-encoding': 'identity' } })
  const packed = await ask('GET', '/eureka/apps', { headers: { 'accept-encoding': 'gzip' } })
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(packed.text).toBe(plain.text)
})

test('compact lists hold what finds an instance', async () => {
  await register()
  const compact = JSON.parse((await ask('GET', '/eureka/apps', { headers: { 'x-eureka-accept': 'Compact' } })).text)
  expect(compact.applications.application[0].instance[0]).toMatchObject({ instanceId: id, port: { $: 8080 } })
  expect(compact.applications.application[0].instance[0].leaseInfo).toBeUndefined()
})

test('a change is in the delta', async () => {
  await register()
  await ask('DELETE', `/eureka/apps/ORDERS/${id}`)
  const { applications } = JSON.parse((await ask('GET', '/eureka/apps/delta')).text)
  expect(applications).toMatchObject({ apps__hashcode: '', application: [{ name: 'ORDERS', instance: [{ actionType: 'DELETED' }] }] })
})

test('metadata is added by query parameters, the first of each name', async () => {
  await register()
  expect(await ask('PUT', `/eureka/apps/ORDERS/${id}/metadata?color=blue&color=red&zone=`)).toMatchObject({ status: 200, text: '' })
  expect(JSON.parse((await ask('GET', `/eureka/apps/ORDERS/${id}`)).text).instance.metadata).toEqual({ color: 'blue', zone: '' })
  const large = new URLSearchParams({ a: 'x'.repeat(9000) })
  for (const key of ['b', 'c', 'd']) large.set(key, 'x'.repeat(9000))
  for (const [key, value] of large) await ask('PUT', `/eureka/apps/ORDERS/${id}/metadata?${key}=${value}`)
  expect(JSON.parse((await ask('GET', `/eureka/apps/ORDERS/${id}`)).text).instance.metadata).not.toHaveProperty('d')
})

test('an address is found by VIP; one that nobody has is an empty list', async () => {
  await register('/eureka', { vipAddress: 'orders', secureVipAddress: 'orders-safe' })
  for (const path of ['vips/orders', 'svips/orders-safe', 'vips/orders/']) {
    expect(JSON.parse((await ask('GET', `/eureka/${path}`)).text).applications.application, path).toHaveLength(1)
  }
  expect(JSON.parse((await ask('GET', '/eureka/vips/nobody')).text).applications).toEqual({
    versions__delta: '-1',
    apps__hashcode: '',
    application: [],
  })
})

test('overrides can be listed', async () => {
  await register()
  await ask('PUT', `/eureka/apps/ORDERS/${id}/status?value=DOWN`)
  expect(JSON.parse((await ask('GET', '/eureka/serverinfo/statusoverrides')).text)).toEqual({ [id]: 'DOWN' })
})

test('a heartbeat that a peer passes on is told of newer data here', async () => {
  await register()
  const headers = { 'x-netflix-discovery-replication': 'true' }
  const older = await ask('PUT', `/eureka/apps/ORDERS/${id}?lastDirtyTimestamp=999`, { headers })
  expect(older).toMatchObject({ status: 409 })
  expect(JSON.parse(older.text).instance).toMatchObject({ instanceId: id, lastDirtyTimestamp: '1000' })
  expect(await ask('PUT', `/eureka/apps/ORDERS/${id}?lastDirtyTimestamp=999`)).toMatchObject({ status: 200, text: '' })
})

test('a batch of a peer is answered item by item', async () => {
  const { instance } = JSON.parse(body())
  const replicationList = [
    { appName: 'ORDERS', id, lastDirtyTimestamp: 1000, status: 'UP', instanceInfo: instance, action: 'Register' },
    { appName: 'ORDERS', id, lastDirtyTimestamp: '1000', action: 'Heartbeat' },
    { appName: 'ORDERS', id, lastDirtyTimestamp: 999, action: 'Heartbeat' },
    { appName: 'ORDERS', id, lastDirtyTimestamp: 1000, status: 'OUT_OF_SERVICE', action: 'StatusUpdate' },
    { appName: 'ORDERS', id: 'nobody', action: 'Heartbeat' },
    { appName: 'ORDERS', id, action: 'Dance' },
    { appName: 'STOCK', id, instanceInfo: instance, action: 'Register' },
    { appName: 'ORDERS', id, action: 'Register' },
    { appName: 'ORDERS', id, action: 'Cancel' },
  ]
  const answer = await ask('POST', '/eureka/peerreplication/batch/', {
    contentType: 'application/json',
    body: JSON.stringify({ replicationList }),
  })
  const { responseList } = JSON.parse(answer.text)
  expect(responseList.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([200, 200, 409, 200, 404, 500, 200, 500, 200])
  expect((await ask('GET', '/eureka/apps/STOCK')).status).toBe(404)
  expect(responseList[2].responseEntity).toMatchObject({ instanceId: id })
  expect(await ask('POST', '/eureka/peerreplication/batch', { contentType: 'application/json', body: '[]' })).toMatchObject({ status: 400 })
})

test('an offer to upgrade to TLS, as Apache’s client makes it, is ignored', async () => {
  const socket = connect(registry.port, '127.0.0.1')
  socket.write('GET /eureka/apps HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n')
  const [head] = (await once(socket, 'data')) as [Buffer]
  expect(head.toString()).toMatch(/^HTTP\/1.1 200 OK\r\n/)
  socket.destroy()
})

test('the registry tells of itself, in XML and in JSON', async () => {
  for (const base of ['/eureka', '/eureka/v2']) {
    const xml = await ask('GET', `${base}/status`, { headers: { accept: 'application/xml' } })
    expect(xml).toMatchObject({ status: 200, contentType: 'application/xml' })
    expect(xml.text).toMatch(/^<com\.netflix\.eureka\.util\.StatusInfo>.*<\/com\.netflix\.eureka\.util\.StatusInfo>$/s)
    const json = await ask('GET', `${base}/status`)
    expect(json).toMatchObject({ status: 200, contentType: 'application/json' })
    const { generalStats, instanceInfo, healthy } = JSON.parse(json.text)
    expect(generalStats['current-memory-usage']).toMatch(/^\d+mb \(\d+%\)$/)
    expect(instanceInfo).toMatchObject({ app: 'EUREKA-SERVER', homePageUrl: `${registry.url}/`, port: { $: registry.port } })
    expect(healthy).toBe(true)
  }
})

test('HEAD is GET without the body', async () => {
  await register()
  const head = await ask('HEAD', '/eureka/apps')
  expect(head).toMatchObject({ status: 200, text: '', contentType: 'application/json' })
})

test('what is not in the protocol is 404 or 405, what cannot be decoded 400', async () => {
  expect(await ask('GET', '/eureka/nothing')).toMatchObject({ status: 404, text: '' })
  expect(await ask('GET', '/eureka')).toMatchObject({ status: 404, text: '' })
  const refused = await ask('PATCH', `/eureka/apps/ORDERS/${id}`)
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, PUT, DELETE'])
  expect(await ask('GET', '/eureka/apps/%zz')).toMatchObject({ status: 400 })
  expect(await ask('PUT', '/eureka/asg/group/status?value=ENABLED')).toMatchObject({ status: 400 })
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

interface Asking {
  contentType?: string
  body?: string | Buffer
  headers?: Record<string, string>
}

/** Asks for JSON unless the headers say otherwise. */
async function ask(method: string, path: string, { contentType, body, headers }: Asking = {}) {
  const response = await fetch(registry.url + path, {
    method,
    headers: { accept: 'application/json', ...headers, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  })
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    text: await response.text(),
    headers: response.headers,
  }
}
