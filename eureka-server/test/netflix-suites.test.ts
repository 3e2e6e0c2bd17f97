import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RunningRegistry, startRegistry } from './start-registry.ts'

// What Netflix's own test suites expect of a server (specification, annex D), asked over HTTP. Those that look inside Java's
// classes have their counterparts beside our files: leases and thresholds in registry/netflix-eviction.test.ts, status rules
// in registry/status-rules.test.ts, the sending of batches in peers/peer.test.ts.

let registry: RunningRegistry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())
beforeEach(async () => {
  await ask('DELETE', 'apps/APP/id')
})

const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json' }

describe('EurekaClientServerRestIntegrationTest', () => {
  test('a registration is 204', async () => expect(await register()).toMatchObject({ status: 204, text: '' }))

  test('a heartbeat is 200 without a body, a missed one 404', async () => {
    expect(await ask('PUT', 'apps/APP/id?status=UP&lastDirtyTimestamp=1')).toMatchObject({ status: 404, text: '' })
    await register()
    expect(await ask('PUT', 'apps/APP/id?status=UP&lastDirtyTimestamp=1')).toMatchObject({ status: 200, text: '' })
  })

  test('a cancellation is 200, of nobody 404', async () => {
    await register()
    expect((await ask('DELETE', 'apps/APP/id')).status).toBe(200)
    expect((await ask('DELETE', 'apps/APP/id')).status).toBe(404)
  })

  test('an override to DOWN is read as DOWN, and as UNKNOWN once it is deleted', async () => {
    await register()
    expect((await ask('PUT', 'apps/APP/id/status?value=DOWN&lastDirtyTimestamp=1')).status).toBe(200)
    expect(await statusOf()).toBe('DOWN')
    expect((await ask('DELETE', 'apps/APP/id/status?lastDirtyTimestamp=1')).status).toBe(200)
    expect(await statusOf()).toBe('UNKNOWN')
  })

  test('a batch with a registration is 200, with one item of 200', async () => {
    expect(await batch({ action: 'Register', instanceInfo: instance() })).toEqual([{ statusCode: 200 }])
    expect(await statusOf()).toBe('UP')
  })
})

describe('ApplicationResourceTest', () => {
  test('an application is served full and, when asked, compact', async () => {
    await register()
    const full = JSON.parse((await ask('GET', 'apps/APP')).text).application.instance[0]
    const compact = JSON.parse((await ask('GET', 'apps/APP', undefined, { 'x-eureka-accept': 'compact' })).text).application.instance[0]
    expect(compact.instanceId).toBe(full.instanceId)
    expect(Object.keys(full)).toContain('leaseInfo')
    expect(Object.keys(compact)).not.toContain('leaseInfo')
  })

  test.each([
    ['instanceId and hostName', { instanceId: undefined, hostName: undefined }],
    ['hostName', { hostName: undefined }],
    ['ipAddr', { ipAddr: undefined }],
    ['app', { app: undefined }],
    ['the same app as in the path', { app: 'OTHER' }],
    ['dataCenterInfo', { dataCenterInfo: undefined }],
    ['a name of the data centre', { dataCenterInfo: { '@class': 'com.netflix.appinfo.AmazonInfo' } }],
  ])('a registration without %s is 400', async (_what, changes) => {
    expect((await register(changes)).status).toBe(400)
    expect((await ask('GET', 'apps/APP')).status).toBe(404)
  })

  test('Amazon’s data centre without an instance-id gets it from the instance', async () => {
    const dataCenterInfo = { '@class': 'com.netflix.appinfo.AmazonInfo', name: 'Amazon', metadata: { 'ami-id': 'ami' } }
    await register({ dataCenterInfo })
    expect((await read()).dataCenterInfo.metadata).toEqual({ 'ami-id': 'ami', 'instance-id': 'id' })
  })
})

describe('ApplicationsResourceTest', () => {
  test.each(['apps/', 'apps/delta'])('%s comes in JSON, full and compact, plain and compressed', async (path) => {
    await register()
    const full = await ask('GET', path, undefined, { 'accept-encoding': 'identity' })
    const compressed = await ask('GET', path, undefined, { 'accept-encoding': 'gzip' })
    const compact = await ask('GET', path, undefined, { 'x-eureka-accept': 'compact' })
    expect(compressed.headers.get('content-encoding')).toBe('gzip')
    expect(compressed.headers.get('content-type')).toBe('application/json')
    expect(compressed.text).toBe(full.text)
    expect(compact.text.length).toBeLessThan(full.text.length)
    const xml = await ask('GET', path, undefined, { accept: 'application/xml', 'accept-encoding': 'gzip' })
    expect(xml.headers.get('content-type')).toBe('application/xml')
  })
})

describe('AbstractVIPResourceTest', () => {
  test('a VIP look-up is served full and compact', async () => {
    await register({ vipAddress: 'vip' })
    const full = JSON.parse((await ask('GET', 'vips/vip')).text).applications.application[0].instance[0]
    const compact = JSON.parse((await ask('GET', 'vips/vip', undefined, { 'x-eureka-accept': 'compact' })).text)
    expect(full).toHaveProperty('leaseInfo')
    expect(compact.applications.application[0].instance[0]).not.toHaveProperty('leaseInfo')
  })
})

describe('InstanceResourceTest', () => {
  test('an override of nobody is 404, and so is its deletion', async () => {
    expect((await ask('PUT', 'apps/APP/id/status?value=OUT_OF_SERVICE')).status).toBe(404)
    expect((await ask('DELETE', 'apps/APP/id/status')).status).toBe(404)
  })

  test('a deleted override leaves the status that was given with it', async () => {
    await register()
    await ask('PUT', 'apps/APP/id/status?value=OUT_OF_SERVICE')
    expect((await ask('DELETE', 'apps/APP/id/status?value=DOWN')).status).toBe(200)
    expect(await statusOf()).toBe('DOWN')
  })
})

describe('InstanceRegistryTest', () => {
  test('an override counts when the instance registers again as UP, and an instance that is STARTING or DOWN says so itself', async () => {
    await register()
    await ask('PUT', 'apps/APP/id/status?value=OUT_OF_SERVICE')
    await register({ lastDirtyTimestamp: 2 })
    expect(await statusOf()).toBe('OUT_OF_SERVICE')
    for (const status of ['STARTING', 'DOWN']) {
      await register({ status, lastDirtyTimestamp: 3 })
      expect(await statusOf()).toBe(status)
    }
  })

  test('without an override the known UP or OUT_OF_SERVICE counts for a client, not for a peer', async () => {
    await register()
    await register({ status: 'OUT_OF_SERVICE', lastDirtyTimestamp: 2 })
    expect(await statusOf()).toBe('UP')
    await batch({ action: 'Register', instanceInfo: instance({ status: 'OUT_OF_SERVICE', lastDirtyTimestamp: 3 }) })
    expect(await statusOf()).toBe('OUT_OF_SERVICE')
  })
})

describe('ResponseCacheTest', () => {
  test('every change is in the next answer of each kind', async () => {
    for (const path of ['apps', 'apps/delta', 'apps/APP', 'vips/vip']) await ask('GET', path)
    await register({ vipAddress: 'vip' })
    for (const path of ['apps', 'apps/delta', 'apps/APP', 'vips/vip'])
      expect((await ask('GET', path)).text, path).toContain('"status":"UP"')
    await ask('PUT', 'apps/APP/id/status?value=DOWN')
    for (const path of ['apps', 'apps/delta', 'apps/APP', 'vips/vip'])
      expect((await ask('GET', path)).text, path).toContain('"status":"DOWN"')
  })
})

describe('PeerReplicationResourceTest', () => {
  test('a heartbeat: 200 when both have the same, 404 for newer data there, 409 with ours for older', async () => {
    expect(await batch({ action: 'Heartbeat', lastDirtyTimestamp: 1 })).toEqual([{ statusCode: 404 }])
    await register({ lastDirtyTimestamp: 5 })
    expect(await batch({ action: 'Heartbeat', lastDirtyTimestamp: 5 })).toEqual([{ statusCode: 200 }])
    expect(await batch({ action: 'Heartbeat', lastDirtyTimestamp: 6 })).toEqual([{ statusCode: 404 }])
    expect(await batch({ action: 'Heartbeat', lastDirtyTimestamp: 4 })).toMatchObject([
      { statusCode: 409, responseEntity: { instanceId: 'id', lastDirtyTimestamp: '5' } },
    ])
  })

  test('an override, its deletion and a cancellation are 200', async () => {
    await register()
    expect(await batch({ action: 'StatusUpdate', status: 'OUT_OF_SERVICE', lastDirtyTimestamp: 1 })).toEqual([{ statusCode: 200 }])
    expect(await statusOf()).toBe('OUT_OF_SERVICE')
    expect(await batch({ action: 'DeleteStatusOverride', status: 'DOWN', lastDirtyTimestamp: 1 })).toEqual([{ statusCode: 200 }])
    expect(await statusOf()).toBe('DOWN')
    expect(await batch({ action: 'Cancel' })).toEqual([{ statusCode: 200 }])
    expect(await batch({ action: 'Cancel' })).toEqual([{ statusCode: 404 }])
  })
})

function instance(changes: Record<string, unknown> = {}) {
  const dataCenterInfo = { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' }
  return { instanceId: 'id', hostName: 'host', app: 'APP', ipAddr: '10.0.0.1', dataCenterInfo, lastDirtyTimestamp: 1, ...changes }
}

const register = (changes: Record<string, unknown> = {}) => ask('POST', 'apps/APP', { instance: instance(changes) })

async function batch(item: Record<string, unknown>) {
  const answer = await ask('POST', 'peerreplication/batch/', { replicationList: [{ appName: 'APP', id: 'id', ...item }] })
  expect(answer.status).toBe(200)
  return JSON.parse(answer.text).responseList
}

async function read() {
  return JSON.parse((await ask('GET', 'apps/APP/id')).text).instance
}

const statusOf = async () => (await read()).status

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(registry.serviceUrl + path, {
    method,
    headers: { ...JSON_TYPE, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}
