import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChangeLog } from '../registry/change-log.ts'
import type { Registry } from '../registry/registry.ts'
import type { Scope } from '../registry/scope.ts'
import { anInstance, aRegistry } from '../registry/testing.ts'
import type { Body } from './body.ts'
import { FULL_JSON, formatOf } from './format.ts'
import { createListings } from './listings.ts'

const FORMATS = [FULL_JSON, formatOf('application/json', 'compact'), formatOf('*/*', undefined)]

test('an empty registry has the members that Java clients cannot do without', () => {
  const { listings } = aServer()
  expect(textOf(listings.full(FULL_JSON))).toBe('{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}')
  expect(textOf(listings.full(formatOf(undefined, undefined)))).toBe(
    '<applications>\n  <versions__delta>1</versions__delta>\n  <apps__hashcode></apps__hashcode>\n</applications>',
  )
})

test('the hash code counts the instances of each status, in the order of their names', () => {
  const { registry, listings } = aServer()
  for (const id of ['a', 'b', 'c']) registry.register(anInstance(id), 0)
  registry.overrideStatus('ORDERS', 'b', 'OUT_OF_SERVICE', 1)
  registry.register(anInstance('d', { status: 'DOWN' }), 1)
  expect(JSON.parse(textOf(listings.full(FULL_JSON))).applications.apps__hashcode).toBe('DOWN_1_OUT_OF_SERVICE_1_UP_2_')
})

test('a change is in the next answer, and only its application is written again', () => {
  const { registry, listings } = aServer()
  registry.register(anInstance('a'), 0)
  registry.register(anInstance('b', { app: 'STOCK' }), 0)
  const before = listings.full(FULL_JSON)
  expect(listings.full(FULL_JSON)).toBe(before)
  registry.cancel('ORDERS', 'a', 1)
  const after = listings.full(FULL_JSON)
  expect(textOf(after)).not.toContain('ORDERS')
  expect(after.pieces[1]).toBe(before.pieces[3])
})

test('those who see the same share a list, and all share the texts of applications', () => {
  const { registry, listings } = aServer()
  registry.register(anInstance('a'), 0)
  registry.register(anInstance('b', { app: 'STOCK', status: 'DOWN' }), 0)
  const everything = listings.full(FULL_JSON)
  const stock = listings.full(FULL_JSON, scopeOf('STOCK'))
  expect(listings.full(FULL_JSON, scopeOf('STOCK'))).toBe(stock)
  expect(stock.pieces[1]).toBe(everything.pieces[3])
  expect(JSON.parse(textOf(stock)).applications).toMatchObject({ apps__hashcode: 'DOWN_1_', application: [{ name: 'STOCK' }] })
  expect(JSON.parse(textOf(listings.full(FULL_JSON, scopeOf('NONE')))).applications).toMatchObject({ apps__hashcode: '', application: [] })
})

test('a delta lists what is there before what is gone, so that Java clients keep no ghosts', () => {
  const { registry, listings } = aServer()
  registry.register(anInstance('old'), 0)
  registry.cancel('ORDERS', 'old', 1)
  registry.register(anInstance('new'), 2)
  const [application] = JSON.parse(textOf(listings.delta(FULL_JSON))).applications.application
  expect(application.instance.map((instance: { instanceId: string }) => instance.instanceId)).toEqual(['new', 'old'])
  expect(application.instance[1]).toMatchObject({ actionType: 'DELETED', leaseInfo: { evictionTimestamp: 1 }, status: 'UP' })
})

test('a delta forgets what is older than it keeps', () => {
  const { registry, listings, clock } = aServer()
  registry.register(anInstance('a'), 0)
  clock.nowMs = 180_001
  registry.register(anInstance('b', { app: 'STOCK' }), clock.nowMs)
  expect(JSON.parse(textOf(listings.delta(FULL_JSON))).applications.application).toMatchObject([{ name: 'STOCK' }])
})

test('VIP addresses are found one by one, whatever the status; an unknown one is an empty list', () => {
  const { registry, listings } = aServer()
  registry.register(anInstance('a', { vipAddress: 'orders,shop', secureVipAddress: 'safe' }), 0)
  registry.register(anInstance('b', { app: 'STOCK', vipAddress: 'shop', status: 'DOWN' }), 0)
  expect(JSON.parse(textOf(listings.byVip('vip', 'shop', FULL_JSON))).applications).toMatchObject({
    versions__delta: '-1',
    apps__hashcode: 'DOWN_1_UP_1_',
    application: [{ name: 'ORDERS' }, { name: 'STOCK' }],
  })
  expect(JSON.parse(textOf(listings.byVip('svip', 'safe', FULL_JSON))).applications.application).toHaveLength(1)
  registry.cancel('ORDERS', 'a', 1)
  expect(textOf(listings.byVip('svip', 'safe', FULL_JSON))).toBe(
    '{"applications":{"versions__delta":"-1","apps__hashcode":"","application":[]}}',
  )
})

test.each([1, 40])('the compressed text of %i applications is the same text', async (count) => {
  const { registry, listings } = aServer()
  const metadata = { filling: 'x'.repeat(30_000) }
  for (let index = 0; index < count; index++) registry.register(anInstance(`a${index}`, { app: `APP${index}`, metadata }), 0)
  for (const format of FORMATS) {
    const body = listings.full(format)
    expect(gunzipSync(await body.gzipped()).toString()).toBe(textOf(body))
    expect(body.byteLength).toBe(Buffer.byteLength(textOf(body)))
  }
})

type Step =
  | { type: 'register' | 'cancel'; app: string; id: string; status: 'UP' | 'DOWN' }
  | { type: 'override' | 'restore' | 'renew'; app: string; id: string }
  | { type: 'pass'; ms: number }
  | { type: 'fetch' }

test.each([
  ['everything', undefined],
  ['some applications', scopeOf('ORDERS')],
])(`%s: for any history a client that asks for deltas has the whole registry, without ever missing a change`, (_what, scope) => {
  const app = fc.constantFrom('ORDERS', 'STOCK')
  const id = fc.constantFrom('a', 'b', 'c', 'd')
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ type: fc.constantFrom('register', 'cancel'), app, id, status: fc.constantFrom('UP', 'DOWN') }),
    fc.record({ type: fc.constantFrom('override', 'restore', 'renew'), app, id }),
    fc.record({ type: fc.constant('pass'), ms: fc.integer({ min: 1, max: 29_000 }) }),
    fc.record({ type: fc.constant('fetch') }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => playHistory(steps, scope)),
    { numRuns: 300 },
  )
})

/** The client asks at every `fetch`, and at least every 30 s as Java clients do. */
function playHistory(steps: readonly Step[], scope: Scope | undefined): void {
  const { registry, listings, clock } = aServer()
  let client = new JavaClientModel(textOf(listings.full(FULL_JSON, scope)))
  let askedAtMs = 0
  for (const step of steps) {
    play(registry, step, clock)
    if (step.type !== 'fetch' && clock.nowMs - askedAtMs < 30_000) continue
    askedAtMs = clock.nowMs
    client = client.withDelta(textOf(listings.delta(FULL_JSON, scope)))
    const full = new JavaClientModel(textOf(listings.full(FULL_JSON, scope)))
    expect(client.hashCode()).toBe(client.expectedHashCode)
    expect(client.content()).toEqual(full.content())
    if (scope) expect(full.content().every((line) => scope.includes(line.split('/')[0] ?? ''))).toBe(true)
  }
}

function play(registry: Registry, step: Step, clock: { nowMs: number }): void {
  switch (step.type) {
    case 'register':
      registry.register(anInstance(step.id, { app: step.app, status: step.status, lastDirtyTimestamp: clock.nowMs }), clock.nowMs)
      break
    case 'cancel':
      registry.cancel(step.app, step.id, clock.nowMs)
      break
    case 'override':
      registry.overrideStatus(step.app, step.id, 'OUT_OF_SERVICE', clock.nowMs)
      break
    case 'restore':
      registry.removeOverride(step.app, step.id, 'UP', clock.nowMs)
      break
    case 'renew':
      registry.renew(step.app, step.id, clock.nowMs, { origin: 'client' })
      break
    case 'pass':
      clock.nowMs += step.ms
  }
}

interface WireInstance {
  app: string
  instanceId: string
  status: string
  actionType: string
}

/** What a Java client does with a delta, its trap included: it takes an application that it does not know as a whole first. */
class JavaClientModel {
  readonly expectedHashCode: string
  private readonly applications: Map<string, Map<string, WireInstance>>

  constructor(text: string, previous?: Map<string, Map<string, WireInstance>>) {
    const { applications } = JSON.parse(text)
    this.expectedHashCode = applications.apps__hashcode
    this.applications = previous ?? new Map()
    for (const { name, instance } of applications.application) {
      const known = this.applications.get(name) ?? new Map(instance.map((each: WireInstance) => [each.instanceId, each]))
      this.applications.set(name, known)
      for (const each of instance) this.apply(name, known, each)
    }
  }

  withDelta(text: string): JavaClientModel {
    return new JavaClientModel(text, this.applications)
  }

  private apply(name: string, known: Map<string, WireInstance>, instance: WireInstance): void {
    if (instance.actionType !== 'DELETED') known.set(instance.instanceId, instance)
    else known.delete(instance.instanceId)
    if (known.size === 0) this.applications.delete(name)
    else this.applications.set(name, known)
  }

  private instances(): WireInstance[] {
    return [...this.applications.values()].flatMap((known) => [...known.values()])
  }

  hashCode(): string {
    const counts = Map.groupBy(this.instances(), ({ status }) => status)
    return [...counts.keys()]
      .sort()
      .map((status) => `${status}_${counts.get(status)?.length}_`)
      .join('')
  }

  content(): string[] {
    return this.instances()
      .map(({ app, instanceId, status }) => `${app}/${instanceId} ${status}`)
      .sort()
  }
}

function scopeOf(...names: string[]): Scope {
  return { key: names.join('\n'), includes: (app) => names.includes(app) }
}

function aServer() {
  const clock = { nowMs: 0 }
  const now = () => clock.nowMs
  const registry = aRegistry()
  const changes = createChangeLog(registry, { keepMs: 180_000, maxChanges: 1000, now })
  return { registry, clock, changes, listings: createListings({ registry, changes, maxAgeMs: 0, now }) }
}

function textOf(body: Body): string {
  return Buffer.concat(body.pieces.map(({ plain }) => plain)).toString()
}
