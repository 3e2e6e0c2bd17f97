import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createEurekaClient, type EurekaClient } from './client.ts'
import type { ClientOptions } from './options/client-options.ts'
import { aWireInstance, startTestRegistry, type TestRegistry } from './testing-registry.ts'

let registry: TestRegistry
beforeAll(async () => {
  registry = await startTestRegistry({ hasPush: true })
})
afterAll(() => registry.stop())

const app = fc.constantFrom('ORDERS', 'STOCK')
const id = fc.constantFrom('a', 'b', 'c')
const step = fc.oneof(
  fc.record({
    type: fc.constant('put' as const),
    app,
    id,
    status: fc.constantFrom('UP', 'DOWN', 'OUT_OF_SERVICE'),
    port: fc.constantFrom(1, 2),
  }),
  fc.record({ type: fc.constant('remove' as const), app, id }),
  fc.record({ type: fc.constantFrom('refresh' as const, 'forget' as const, 'break' as const) }),
)

test('whatever happens in a registry, clients fed by changes, by push and by full fetches end with the same view', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (history) => {
      const clients = [
        aClient({ push: false }),
        aClient({ push: true }),
        aClient({ push: 'long-poll' }),
        aClient({ push: false, disableDelta: true }),
      ]
      try {
        await Promise.all(clients.map((client) => client.start()))
        for (const each of history) {
          if (each.type === 'put') registry.put(aWireInstance(each.id, { app: each.app, status: each.status, port: each.port }))
          if (each.type === 'remove') registry.remove(each.app, each.id)
          if (each.type === 'refresh') await Promise.all(clients.map((client) => client.refresh()))
          if (each.type === 'forget') {
            // A registry keeps changes for longer than the pause between fetches; equal counts would hide what is lost.
            await clients[0]?.refresh()
            registry.forgetChanges()
          }
          if (each.type === 'break') registry.breakStreams()
        }
        const [byDelta, byStream, byLongPoll, byFullFetch] = clients as [EurekaClient, EurekaClient, EurekaClient, EurekaClient]
        await byDelta.refresh()
        await byFullFetch.refresh()
        expect(viewOf(byDelta)).toEqual(viewOf(byFullFetch))
        await vi.waitFor(() => expect(viewOf(byStream)).toEqual(viewOf(byFullFetch)), { timeout: 5000, interval: 5 })
        await vi.waitFor(() => expect(viewOf(byLongPoll)).toEqual(viewOf(byFullFetch)), { timeout: 5000, interval: 5 })
      } finally {
        await Promise.all(clients.map((client) => client.stop()))
      }
    }),
    { numRuns: 60 },
  )
})

function aClient(client: ClientOptions): EurekaClient {
  return createEurekaClient({
    client: { serviceUrl: { defaultZone: registry.url }, registerWithEureka: false, filterOnlyUpInstances: false, ...client },
  })
}

function viewOf(client: EurekaClient): string[] {
  return client
    .applications()
    .flatMap(({ instances }) => instances.map(({ appName, instanceId, status, port }) => `${appName}/${instanceId} ${status} ${port}`))
    .sort()
}
