import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ClientOptions } from '../options/client-options.ts'
import { resolveClientOptions, resolveInstanceOptions } from '../options/options.ts'
import { createProblems } from '../problems.ts'
import type { InstanceStatus } from '../registry/instance.ts'
import { createRegistrar, type HealthCheck } from './registrar.ts'

const open: { stop(): Promise<void> }[] = []
beforeEach(() => void vi.useFakeTimers())
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

test('it registers once and then renews', async () => {
  const { registrar, log } = aRegistrar()
  await registrar.start()
  await vi.advanceTimersByTimeAsync(65_000)
  expect(log).toEqual(['register UP', 'heartbeat UP', 'heartbeat UP'])
})

test('a registry that does not know it gets it again, younger than before', async () => {
  const { registrar, log, registrations, registry } = aRegistrar()
  await registrar.start()
  registry.knows = false
  await vi.advanceTimersByTimeAsync(30_000)
  expect(log).toEqual(['register UP', 'heartbeat UP', 'register UP'])
  const [first, second] = registrations.map(({ lastDirtyTimestamp }) => Number(lastDirtyTimestamp))
  expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY)
})

test('a failure is told once and tried again after 1 s, 2 s, 4 s and then every 5 s', async () => {
  const { registrar, registry, attempts, problems } = aRegistrar()
  registry.isDown = true
  await registrar.start()
  await vi.advanceTimersByTimeAsync(12_000)
  expect(attempts()).toBe(5) // at 0, 1, 3, 7 and 12 s, or a little sooner
  expect(problems).toEqual(['order-service cannot be registered: down.'])
  registry.isDown = false
  await vi.advanceTimersByTimeAsync(5000)
  expect(registrar.isRegistered()).toBe(true)
})

test('two changes of status are told at once, later ones together every 15 s', async () => {
  const { registrar, log } = aRegistrar()
  await registrar.start()
  for (const status of ['DOWN', 'UP', 'STARTING', 'UP', 'OUT_OF_SERVICE'] as const) {
    registrar.setStatus(status)
    await vi.advanceTimersByTimeAsync(10)
  }
  expect(log).toEqual(['register UP', 'register DOWN', 'register UP'])
  await vi.advanceTimersByTimeAsync(15_000)
  expect(log.slice(3)).toEqual(['register OUT_OF_SERVICE'])
})

test('without on-demand updates a change is told with the next renewal', async () => {
  const { registrar, log } = aRegistrar({ onDemandUpdateStatusChange: false })
  await registrar.start()
  registrar.setMetadata({ weight: '2' })
  await vi.advanceTimersByTimeAsync(20_000)
  expect(log).toEqual(['register UP'])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(log).toEqual(['register UP', 'register UP'])
})

test('metadata is laid over what there is; the same again is not told', async () => {
  const { registrar, registrations } = aRegistrar()
  await registrar.start()
  registrar.setMetadata({ weight: '2' })
  registrar.setMetadata({ weight: '2' })
  await vi.advanceTimersByTimeAsync(100)
  expect(registrations.map(({ metadata }) => metadata)).toEqual([{ zone: 'a' }, { zone: 'a', weight: '2' }])
})

test('a change that comes while one is being told is told too', async () => {
  const { registrar, log, registry } = aRegistrar()
  await registrar.start()
  registry.answersAfterMs = 1000
  registrar.setStatus('DOWN')
  await vi.advanceTimersByTimeAsync(500)
  registrar.setStatus('UP')
  await vi.advanceTimersByTimeAsync(2000)
  expect(log).toEqual(['register UP', 'register DOWN', 'register UP'])
})

test('health is asked before the first registration and then every 30 s', async () => {
  let health: InstanceStatus = 'STARTING'
  const { registrar, log } = aRegistrar({}, async () => health)
  await registrar.start()
  health = 'UP'
  await vi.advanceTimersByTimeAsync(30_000)
  expect(log.filter((line) => line.startsWith('register'))).toEqual(['register STARTING', 'register UP'])
})

test('a health check that fails or is late means DOWN and is told once', async () => {
  const healthCheck = vi
    .fn<HealthCheck>()
    .mockRejectedValueOnce(new Error('disk full'))
    .mockReturnValue(new Promise(() => undefined))
  const { registrar, log, problems } = aRegistrar({}, healthCheck)
  await registrar.start()
  await vi.advanceTimersByTimeAsync(61_000)
  expect(log[0]).toBe('register DOWN')
  expect(problems).toEqual(['The health check of order-service failed, so it counts as DOWN: disk full.'])
})

test('stopping does not wait for a health check', async () => {
  const { registrar, stop, log } = aRegistrar({}, () => new Promise(() => undefined))
  const started = registrar.start()
  await vi.advanceTimersByTimeAsync(100)
  await stop()
  await started
  expect(log).toEqual([])
})

function aRegistrar(client: ClientOptions = {}, healthCheck?: HealthCheck) {
  const log: string[] = []
  const registrations: Record<string, unknown>[] = []
  const problems: string[] = []
  const registry = { knows: true, isDown: false, answersAfterMs: 0 }
  const stopping = new AbortController()
  let attempts = 0
  async function answer(): Promise<void> {
    attempts++
    if (registry.isDown) throw new Error('down')
    if (registry.answersAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, registry.answersAfterMs))
  }
  const registrar = createRegistrar({
    api: {
      async register(_appName, { instance }) {
        await answer()
        registry.knows = true
        log.push(`register ${instance.status}`)
        registrations.push(instance)
      },
      async heartbeat(_key, { status }) {
        await answer()
        log.push(`heartbeat ${status}`)
        return registry.knows
      },
    },
    settings: resolveClientOptions(client),
    instance: resolveInstanceOptions({ appname: 'order-service', metadataMap: { zone: 'a' } }),
    healthCheck,
    problems: createProblems((problem) => problems.push(problem), stopping.signal),
    signal: stopping.signal,
  })
  open.push({ stop: () => stop() })
  function stop(): Promise<void> {
    stopping.abort()
    return registrar.stop()
  }
  return { registrar, registry, log, registrations, problems, attempts: () => attempts, stop }
}
