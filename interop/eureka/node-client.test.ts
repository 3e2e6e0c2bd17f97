import { createEurekaClient, type EurekaClient } from '@order-flow/eureka-client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { noPrograms } from './programs.ts'
import { javaServer, type Registry } from './registries.ts'
import { type Rest, restOf } from './rest.ts'
import { type Client, STACKS, startClient } from './stacks.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 })

const SOON = { timeout: 20_000, interval: 100 }
const APP = 'NODE-SERVICE'
const ID = '127.0.0.1:node-service:8081'
const [RestTemplate] = STACKS

describe.skipIf(noPrograms || !RestTemplate)("our client on Java's server", () => {
  let registry: Registry
  let rest: Rest
  let java: Client
  let service: EurekaClient
  const problems: string[] = []

  beforeAll(async () => {
    registry = await javaServer.start()
    rest = restOf(registry.serviceUrl)
    if (RestTemplate) java = await startClient(RestTemplate, 'java-service', registry.serviceUrl)
    service = createEurekaClient({
      client: { serviceUrl: { defaultZone: registry.serviceUrl }, registryFetchIntervalSeconds: 0.5 },
      instance: {
        appname: 'node-service',
        hostname: '127.0.0.1',
        nonSecurePort: 8081,
        metadataMap: { version: '1', 'a_b.c': 'x & y' },
        leaseRenewalIntervalInSeconds: 1,
        leaseExpirationDurationInSeconds: 3,
      },
      onProblem: (problem) => problems.push(problem),
    })
    await service.start()
  })
  afterAll(async () => {
    await service?.stop()
    await java?.program.kill()
    await registry?.stop()
  })

  test('it registers with all that it says', async () => {
    expect(await rest.instance(APP, ID)).toMatchObject({
      status: 'UP',
      hostName: '127.0.0.1',
      port: { $: 8081, '@enabled': 'true' },
      vipAddress: 'node-service',
      metadata: { version: '1', 'a_b.c': 'x & y' },
      leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 3 },
    })
  })

  test('a Java service sees it, and it sees the Java service', async () => {
    await vi.waitFor(async () => {
      expect(await java.view()).toContainEqual(
        expect.objectContaining({ instanceId: ID, url: 'http://127.0.0.1:8081', metadata: { version: '1', 'a_b.c': 'x & y' } }),
      )
      expect(service.instances('java-service')).toMatchObject([{ instanceId: java.instanceId, url: java.program.url, status: 'UP' }])
    }, SOON)
  })

  test('its heartbeats keep it', async () => {
    const renewed = async () => (await rest.instance(APP, ID))?.leaseInfo.lastRenewalTimestamp ?? 0
    const first = await renewed()
    // Further than a lease without heartbeats goes, which Java's server doubles.
    await vi.waitFor(async () => expect(await renewed()).toBeGreaterThan(first + 7000), SOON)
  })

  test('it keeps away from an instance that is out of service, and stays out of service itself', async () => {
    await java.setOwnStatus('OUT_OF_SERVICE')
    await vi.waitFor(() => expect(service.instances('java-service')).toEqual([]), SOON)
    await java.setOwnStatus('CANCEL_OVERRIDE')
    await vi.waitFor(() => expect(service.instances('java-service')).toHaveLength(1), SOON)

    await rest.overrideStatus(APP, ID, 'OUT_OF_SERVICE')
    const renewed = (await rest.instance(APP, ID))?.leaseInfo.lastRenewalTimestamp ?? 0
    await vi.waitFor(async () => expect((await rest.instance(APP, ID))?.leaseInfo.lastRenewalTimestamp).toBeGreaterThan(renewed), SOON)
    expect(await rest.instance(APP, ID)).toMatchObject({ status: 'OUT_OF_SERVICE' })
    await rest.removeOverride(APP, ID)
    await vi.waitFor(async () => expect(await rest.instance(APP, ID)).toMatchObject({ status: 'UP' }), SOON)
  })

  test('it registers again when the registry has lost it', async () => {
    await rest.cancel(APP, ID)
    await vi.waitFor(async () => expect(await rest.instance(APP, ID)).toMatchObject({ status: 'UP' }), SOON)
  })

  test('it sees instances come and go', async () => {
    await rest.register('PASSING', 'passing')
    await vi.waitFor(() => expect(service.instances('passing')).toHaveLength(1), SOON)
    await rest.cancel('PASSING', 'passing')
    await vi.waitFor(() => expect(service.instances('passing')).toEqual([]), SOON)
  })

  test('it deregisters when it stops, and had no problem all the while', async () => {
    await service.stop()
    expect(await rest.instance(APP, ID)).toBeUndefined()
    expect(problems).toEqual([])
  })
})
