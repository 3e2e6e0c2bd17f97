import { expect, test } from 'vitest'
import { createRegistry } from './registry.ts'
import { applicationsJson, hashCodeOf, instanceJson } from './registry-json.ts'
import { anInstance } from './testing.ts'

test('an empty registry has the members that Java clients cannot do without', () => {
  expect(applicationsJson(createRegistry(1))).toBe('{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}')
})

test('a registry is written to the letter as Netflix writes it', () => {
  const registry = createRegistry(10)
  const instance = anInstance('web1:orders:8080', {
    hostName: 'web1',
    ipAddr: '10.1.2.3',
    port: { number: 8080, enabled: true },
    renewalIntervalSecs: 30,
    durationSecs: 90,
    homePageUrl: 'http://web1:8080/',
    vipAddress: 'orders',
    lastDirtyTimestamp: 1_699_999_999_000,
  })
  registry.register(instance, 1_700_000_000_000)
  registry.renew('ORDERS', 'web1:orders:8080', 1_700_000_090_000)
  expect(applicationsJson(registry)).toBe(
    '{"applications":{"versions__delta":"1","apps__hashcode":"UP_1_","application":[{"name":"ORDERS","instance":[{' +
      '"instanceId":"web1:orders:8080","hostName":"web1","app":"ORDERS","ipAddr":"10.1.2.3","status":"UP","overriddenStatus":"UNKNOWN",' +
      '"port":{"$":8080,"@enabled":"true"},"securePort":{"$":443,"@enabled":"false"},"countryId":1,' +
      '"dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},' +
      '"leaseInfo":{"renewalIntervalInSecs":30,"durationInSecs":90,"registrationTimestamp":1700000000000,' +
      '"lastRenewalTimestamp":1700000090000,"evictionTimestamp":0,"serviceUpTimestamp":1700000000000},' +
      '"metadata":{"@class":"java.util.Collections$EmptyMap"},"homePageUrl":"http://web1:8080/","vipAddress":"orders",' +
      '"isCoordinatingDiscoveryServer":"false","lastUpdatedTimestamp":"1700000000000","lastDirtyTimestamp":"1699999999000",' +
      '"actionType":"ADDED"}]}]}}',
  )
})

test('the hash code counts every status, in the order of their names', () => {
  const registry = createRegistry(10)
  for (const [id, status] of [
    ['a', 'UP'],
    ['b', 'STARTING'],
    ['c', 'DOWN'],
    ['d', 'UP'],
  ] as const)
    registry.register(anInstance(id, { status }), 0)
  expect(hashCodeOf(registry)).toBe('DOWN_1_STARTING_1_UP_2_')
})

test('only in Amazon’s data centre is there metadata beside the name', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a', { dataCenterInfo: { name: 'Amazon', metadata: { 'ami-id': 'x' } } }), 0)
  const lease = registry.lease('ORDERS', 'a')
  expect(lease && instanceJson(lease)).toContain(
    '"dataCenterInfo":{"@class":"com.netflix.appinfo.AmazonInfo","name":"Amazon","metadata":{"ami-id":"x"}}',
  )
})
