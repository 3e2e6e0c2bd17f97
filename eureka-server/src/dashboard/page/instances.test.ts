import { expect, test } from 'vitest'
import type { InstanceInfo, Lease } from '../../registry/instance.ts'
import { anInstance } from '../../registry/testing.ts'
import { canonicalInstance } from '../../wire/canonical.ts'
import { createInstances, type Filter, safeLink, type WireApplication, type WireInstance } from './instances.js'

const ANY: Filter = { text: '', zone: undefined, status: '' }

test('changes are applied to the snapshot', () => {
  const instances = createInstances()
  instances.apply('snapshot', [anApplication([wire('a'), wire('b')]), anApplication([wire('c', { app: 'STOCK' })])])
  instances.apply('changes', [
    anApplication([wire('d'), wire('a', {}, 'DELETED')]),
    anApplication([wire('c', { app: 'STOCK' }, 'DELETED')]),
  ])
  expect(listed(instances.select(ANY))).toEqual(['ORDERS/b', 'ORDERS/d'])
  expect(instances.find('ORDERS', 'a')).toBeUndefined()
  expect(instances.summary()).toMatchObject({ size: 2, applications: 1 })
})

test('a snapshot replaces everything', () => {
  const instances = createInstances()
  instances.apply('snapshot', [anApplication([wire('a')])])
  instances.apply('snapshot', [anApplication([wire('b')])])
  expect(listed(instances.select(ANY))).toEqual(['ORDERS/b'])
})

test('names are in the order that people expect', () => {
  const instances = createInstances()
  instances.apply('snapshot', [anApplication([wire('web10'), wire('web9')]), anApplication([wire('x', { app: 'BASKET' })])])
  expect(listed(instances.select(ANY))).toEqual(['BASKET/x', 'ORDERS/web9', 'ORDERS/web10'])
})

test('instances are found by text, zone and status', () => {
  const instances = createInstances()
  const amazon = { name: 'Amazon', metadata: { 'availability-zone': 'eu-1a' } }
  instances.apply('snapshot', [
    anApplication([
      wire('east', { metadata: { zone: 'east' } }),
      wire('cloud', { dataCenterInfo: amazon, hostName: 'Cloud.example' }),
      wire('down', { status: 'DOWN' }),
    ]),
  ])
  expect(listed(instances.select({ ...ANY, text: 'CLOUD.ex  orders' }))).toEqual(['ORDERS/cloud'])
  expect(listed(instances.select({ ...ANY, text: ':8081' }))).toHaveLength(3)
  expect(listed(instances.select({ ...ANY, zone: 'eu-1a' }))).toEqual(['ORDERS/cloud'])
  expect(listed(instances.select({ ...ANY, zone: '' }))).toEqual(['ORDERS/down'])
  expect(listed(instances.select({ ...ANY, status: 'DOWN' }))).toEqual(['ORDERS/down'])
  expect(instances.select({ ...ANY, status: 'DOWN' })).toMatchObject([{ total: 3 }])
  expect(instances.select({ ...ANY, text: 'nobody' })).toEqual([])
  expect(instances.summary().zones).toEqual(['', 'east', 'eu-1a'])
})

test('only web addresses become links', () => {
  expect(safeLink('https://web1/info')).toBe('https://web1/info')
  for (const text of ['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', '/info', 'nothing', '', undefined]) {
    expect(safeLink(text), text).toBeUndefined()
  }
})

function wire(instanceId: string, changes: Partial<InstanceInfo> = {}, actionType: Lease['actionType'] = 'ADDED'): WireInstance {
  const instance = anInstance(instanceId, changes)
  const lease: Lease = {
    instance,
    status: instance.status,
    overriddenStatus: 'UNKNOWN',
    addedMetadata: {},
    actionType,
    registeredAtMs: 1,
    lastRenewalAtMs: 1,
    evictedAtMs: 0,
    serviceUpAtMs: 1,
    lastUpdatedAtMs: 1,
  }
  return JSON.parse(JSON.stringify(canonicalInstance(lease)))
}

function anApplication(instance: WireInstance[]): WireApplication {
  return { name: instance[0]?.app ?? '', instance }
}

function listed(groups: { name: string; instances: { wire: WireInstance }[] }[]): string[] {
  return groups.flatMap(({ name, instances }) => instances.map((instance) => `${name}/${instance.wire.instanceId}`))
}
