import { expect, test } from 'vitest'
import { anInstance } from '../registry/testing.ts'
import { FULL_JSON } from './format.ts'
import { type StatusFacts, statusDocument } from './status-page.ts'

const XML = { type: 'xml', isCompact: false } as const

test('XML has the elements of Netflix’s server, in its order', () => {
  expect(statusDocument(aStatus(), XML)).toBe(`<com.netflix.eureka.util.StatusInfo>
  <generalStats>
    <num-of-cpus>2</num-of-cpus>
    <total-avail-memory>100mb</total-avail-memory>
    <current-memory-usage>25mb (25%)</current-memory-usage>
    <server-uptime>02:05</server-uptime>
  </generalStats>
  <applicationStats>
    <registered-replicas>http://b/eureka/,http://c/eureka/,</registered-replicas>
    <available-replicas>http://b/eureka/,</available-replicas>
    <unavailable-replicas>http://c/eureka/,</unavailable-replicas>
  </applicationStats>
  <instanceInfo>
    <instanceId>self</instanceId>
    <hostName>127.0.0.1</hostName>
    <app>EUREKA</app>
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
      <registrationTimestamp>0</registrationTimestamp>
      <lastRenewalTimestamp>0</lastRenewalTimestamp>
      <evictionTimestamp>0</evictionTimestamp>
      <serviceUpTimestamp>0</serviceUpTimestamp>
    </leaseInfo>
    <metadata>
      <management.port>8081</management.port>
    </metadata>
    <isCoordinatingDiscoveryServer>false</isCoordinatingDiscoveryServer>
    <lastUpdatedTimestamp>1000</lastUpdatedTimestamp>
    <lastDirtyTimestamp>1</lastDirtyTimestamp>
  </instanceInfo>
</com.netflix.eureka.util.StatusInfo>`)
})

test('lists of peers are empty elements where there are none', () => {
  expect(statusDocument(aStatus({ peers: [] }), XML)).toContain('    <registered-replicas></registered-replicas>\n')
})

test('JSON has the members without a name around them', () => {
  expect(JSON.parse(statusDocument(aStatus(), FULL_JSON))).toMatchObject({
    generalStats: { 'num-of-cpus': '2' },
    applicationStats: { 'available-replicas': 'http://b/eureka/,' },
    instanceInfo: { instanceId: 'self', status: 'UP' },
    healthy: true,
  })
})

test.each([
  { peers: [], healthy: true },
  { peers: [{ url: 'http://b/', isReachable: false }], healthy: false },
])('healthy is $healthy with $peers.length peers that are gone', ({ peers, healthy }) => {
  expect(JSON.parse(statusDocument(aStatus({ peers }), FULL_JSON)).healthy).toBe(healthy)
})

test.each([
  [0, '00:00'],
  [59 * 60_000, '00:59'],
  [25 * 3_600_000, '1 day 01:00'],
  [72 * 3_600_000 + 60_000, '3 days 00:01'],
])('%i ms are %s', (uptimeMs, text) => {
  expect(JSON.parse(statusDocument(aStatus({ uptimeMs }), FULL_JSON)).generalStats['server-uptime']).toBe(text)
})

function aStatus(changes: Partial<StatusFacts> = {}): StatusFacts {
  return {
    cpus: 2,
    memoryLimitBytes: 104_857_600,
    memoryUsedBytes: 26_214_400,
    uptimeMs: 125 * 60_000,
    peers: [
      { url: 'http://b/eureka/', isReachable: true },
      { url: 'http://c/eureka/', isReachable: false },
    ],
    self: anInstance('self', { app: 'EUREKA', metadata: { 'management.port': '8081' } }),
    startedAtMs: 1000,
    ...changes,
  }
}
