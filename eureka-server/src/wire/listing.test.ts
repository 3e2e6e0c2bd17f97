import { expect, test } from 'vitest'
import type { Lease } from '../registry/instance.ts'
import { anInstance, aRegistry } from '../registry/testing.ts'
import { FULL_JSON, formatOf } from './format.ts'
import { applicationDocument, instanceDocument } from './listing.ts'

const FULL_XML = formatOf('application/xml', undefined)
const COMPACT_JSON = formatOf('application/json', 'compact')

test('an instance in JSON has the members, order and types of Netflix’s server', () => {
  expect(instanceDocument(aLease({ vipAddress: 'orders' }), FULL_JSON)).toBe(
    '{"instance":{"instanceId":"a","hostName":"127.0.0.1","app":"ORDERS","ipAddr":"127.0.0.1","status":"UP",' +
      '"overriddenStatus":"UNKNOWN","port":{"$":8081,"@enabled":"true"},"securePort":{"$":443,"@enabled":"false"},"countryId":1,' +
      '"dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},' +
      '"leaseInfo":{"renewalIntervalInSecs":5,"durationInSecs":15,"registrationTimestamp":7,"lastRenewalTimestamp":7,' +
      '"evictionTimestamp":0,"serviceUpTimestamp":7},"metadata":{"@class":"java.util.Collections$EmptyMap"},' +
      '"vipAddress":"orders","isCoordinatingDiscoveryServer":"false","lastUpdatedTimestamp":"7","lastDirtyTimestamp":"1",' +
      '"actionType":"ADDED"}}',
  )
})

test('an instance in XML has them, too', () => {
  const lease = aLease({ metadata: { a_b: '1 < 2', c$d: 'x', 'no name': 'y' }, vipAddress: 'orders' })
  expect(instanceDocument(lease, FULL_XML)).toBe(`<instance>
  <instanceId>a</instanceId>
  <hostName>127.0.0.1</hostName>
  <app>ORDERS</app>
  <ipAddr>127.0.0.1</ipAddr>
  <status>UP</status>
  <overriddenstatus>UNKNOWN</overriddenstatus>
  <port enabled="true">8081</port>
  <securePort enabled="false">443</securePort>
  <countryId>1</countryId>
  <dataCenterInfo class="com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo">
    <name>MyOwn</name>
  </dataCenterInfo>
  <leaseInfo>
    <renewalIntervalInSecs>5</renewalIntervalInSecs>
    <durationInSecs>15</durationInSecs>
    <registrationTimestamp>7</registrationTimestamp>
    <lastRenewalTimestamp>7</lastRenewalTimestamp>
    <evictionTimestamp>0</evictionTimestamp>
    <serviceUpTimestamp>7</serviceUpTimestamp>
  </leaseInfo>
  <metadata>
    <a__b>1 &lt; 2</a__b>
    <c_-d>x</c_-d>
  </metadata>
  <vipAddress>orders</vipAddress>
  <isCoordinatingDiscoveryServer>false</isCoordinatingDiscoveryServer>
  <lastUpdatedTimestamp>7</lastUpdatedTimestamp>
  <lastDirtyTimestamp>1</lastDirtyTimestamp>
  <actionType>ADDED</actionType>
</instance>`)
})

test('empty metadata is marked in XML as in JSON', () => {
  expect(instanceDocument(aLease(), FULL_XML)).toContain('\n  <metadata class="java.util.Collections$EmptyMap"/>\n')
})

test('characters that no XML may hold are replaced', () => {
  expect(instanceDocument(aLease({ homePageUrl: 'a\u0000b\uD800c\rd' }), FULL_XML)).toContain(
    '<homePageUrl>a\uFFFDb\uFFFDc&#xd;d</homePageUrl>',
  )
})

test('Amazon’s data centre keeps its metadata; compact only what finds the instance', () => {
  const metadata = { 'instance-id': 'i-1', 'ami-id': 'ami', 'local-ipv4': '10.0.0.1' }
  const lease = aLease({ dataCenterInfo: { name: 'Amazon', metadata } })
  expect(JSON.parse(instanceDocument(lease, FULL_JSON)).instance.dataCenterInfo).toEqual({
    '@class': 'com.netflix.appinfo.AmazonInfo',
    name: 'Amazon',
    metadata,
  })
  const compact = JSON.parse(applicationDocument({ name: 'ORDERS', version: 1, leases: new Map([['a', lease]]) }, COMPACT_JSON))
  expect(compact.application.instance[0].dataCenterInfo.metadata).toEqual({ 'instance-id': 'i-1', 'local-ipv4': '10.0.0.1' })
  expect(Object.keys(compact.application.instance[0])).not.toContain('leaseInfo')
})

function aLease(changes: Parameters<typeof anInstance>[1] = {}): Lease {
  const registry = aRegistry()
  registry.register(anInstance('a', changes), 7)
  const lease = registry.lease('ORDERS', 'a')
  if (!lease) throw new Error('It was just registered.')
  return lease
}
