import { AppError } from '@order-flow/service-kit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRegistration } from './registration.ts'

const minimal = { hostName: 'web1', app: 'orders', ipAddr: '10.0.0.1', dataCenterInfo: { name: 'MyOwn' } }

test('what a client leaves out has Eureka’s defaults', () => {
  expect(parse(minimal)).toEqual({
    instanceId: 'web1',
    hostName: 'web1',
    app: 'ORDERS',
    ipAddr: '10.0.0.1',
    status: 'UP',
    overriddenStatus: 'UNKNOWN',
    port: { number: 7001, enabled: true },
    securePort: { number: 7002, enabled: false },
    countryId: 1,
    dataCenterInfo: { name: 'MyOwn' },
    renewalIntervalSecs: 30,
    durationSecs: 90,
    metadata: {},
    isCoordinatingDiscoveryServer: false,
    lastDirtyTimestamp: 1000,
  })
})

test.each([
  ['a bare port', { port: 8080 }, { port: { number: 8080, enabled: true } }],
  ['a port as text and a real flag', { port: { $: '8080', '@enabled': false } }, { port: { number: 8080, enabled: false } }],
  ['the old spelling of the override', { overriddenstatus: 'DOWN' }, { overriddenStatus: 'DOWN' }],
  ['a status in lower case', { status: 'starting' }, { status: 'STARTING' }],
  ['a status that does not exist', { status: 'asleep' }, { status: 'UNKNOWN' }],
  ['timestamps as text', { lastDirtyTimestamp: '17' }, { lastDirtyTimestamp: 17 }],
  ['metadata of any scalar type', { metadata: { '@class': 'x', a: 1, b: true, c: null, d: {} } }, { metadata: { a: '1', b: 'true' } }],
  ['an empty instance id', { instanceId: '' }, { instanceId: 'web1' }],
  ['lease times of zero', { leaseInfo: { durationInSecs: 0, renewalIntervalInSecs: -1 } }, { durationSecs: 90, renewalIntervalSecs: 30 }],
  ['members that nobody knows', { somethingNew: { deep: [] } }, {}],
])('%s is taken', (_what, sent, expected) => {
  expect(parse({ ...minimal, ...sent })).toMatchObject(expected)
})

test.each([
  ['hostName', 'Missing hostname'],
  ['ipAddr', 'Missing ip address'],
  ['app', 'Missing appName'],
  ['dataCenterInfo', 'Missing dataCenterInfo'],
])('an instance without %s is refused in Netflix’s words', (member, message) => {
  expect(() => parse({ ...minimal, instanceId: 'a', [member]: undefined })).toThrow(message)
})

test('the application in the body must be the one in the path', () => {
  expect(() => parse({ ...minimal, app: 'stock' })).toThrow('Mismatched appName, expecting ORDERS but was STOCK')
})

test.each([
  ['a slash', 'a/b'],
  ['a line break', 'a\nb'],
  ['more than 200 characters', 'a'.repeat(201)],
])('an instance id with %s is refused', (_what, instanceId) => {
  expect(() => parse({ ...minimal, instanceId })).toThrow('instance id')
})

test('an instance in XML is the same as in JSON', () => {
  const xml = `<?xml version="1.0"?><instance>
    <instanceId>007</instanceId><hostName>web1</hostName><app>orders</app><ipAddr>10.0.0.1</ipAddr>
    <status>STARTING</status><overriddenstatus>DOWN</overriddenstatus>
    <port enabled="true">8080</port><securePort>8443</securePort><countryId>2</countryId>
    <dataCenterInfo class="com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"><name>MyOwn</name></dataCenterInfo>
    <leaseInfo><renewalIntervalInSecs>5</renewalIntervalInSecs><durationInSecs>15</durationInSecs></leaseInfo>
    <metadata><a__b>1 &amp; 2</a__b><c_-d>x</c_-d></metadata>
    <vipAddress>orders</vipAddress><lastDirtyTimestamp>1700000000000</lastDirtyTimestamp><somethingNew><deep/></somethingNew>
  </instance>`
  expect(parseRegistration(xml, 'xml', { pathApp: 'ORDERS', nowMs: 1 })).toEqual({
    ...parse(minimal),
    instanceId: '007',
    status: 'STARTING',
    overriddenStatus: 'DOWN',
    port: { number: 8080, enabled: true },
    securePort: { number: 8443, enabled: false },
    countryId: 2,
    renewalIntervalSecs: 5,
    durationSecs: 15,
    metadata: { a_b: '1 & 2', c$d: 'x' },
    vipAddress: 'orders',
    lastDirtyTimestamp: 1_700_000_000_000,
  })
})

test('XML with a document type is refused, whatever it declares', () => {
  const xml = '<!DOCTYPE a [<!ENTITY b "c">]><instance><hostName>&b;</hostName></instance>'
  expect(() => parseRegistration(xml, 'xml', { pathApp: 'ORDERS', nowMs: 1 })).toThrow('document type')
})

test('whatever is sent, the answer is an instance or the error "invalid"', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((object) => JSON.stringify({ instance: { ...minimal, ...object } })),
        fc.string().map((text) => `<instance><hostName>web1</hostName><app>orders</app><ipAddr>${text}</ipAddr></instance>`),
      ),
      fc.constantFrom('json', 'xml'),
      (text, format) => {
        try {
          expect(parseRegistration(text, format, { pathApp: 'ORDERS', nowMs: 0 }).app).toBe('ORDERS')
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
          expect(error).toMatchObject({ code: 'invalid' })
        }
      },
    ),
  )
})

function parse(instance: Record<string, unknown>) {
  return parseRegistration(JSON.stringify({ instance }), 'json', { pathApp: 'ORDERS', nowMs: 1000 })
}
