import { expect, test } from 'vitest'
import { resolveInstanceOptions } from '../options/options.ts'
import { registrationBody } from '../registrar/registration.ts'
import { parseApplications } from './applications.ts'
import { isSameInstance, parseInstance } from './instance.ts'

const given = { appname: 'order-service', hostname: '127.0.0.1', nonSecurePort: 8081, leaseExpirationDurationInSeconds: 14.5 }
const state = { status: 'UP', metadata: { version: '1', zone: 'a' }, dirtyAtMs: 1000 } as const

test('what a service registers is what others read', () => {
  const { instance } = registrationBody(resolveInstanceOptions(given), state)
  const { entries } = parseApplications({ applications: { application: [{ name: 'ORDER-SERVICE', instance: [instance] }] } })
  expect(entries.map((entry) => entry.instance)).toEqual([
    {
      instanceId: '127.0.0.1:order-service:8081',
      appName: 'ORDER-SERVICE',
      host: '127.0.0.1',
      ipAddress: '127.0.0.1',
      port: 8081,
      url: 'http://127.0.0.1:8081',
      status: 'UP',
      metadata: { version: '1', zone: 'a' },
      zone: 'a',
      vipAddress: 'order-service',
      secureVipAddress: 'order-service',
      homePageUrl: 'http://127.0.0.1:8081/',
      statusPageUrl: 'http://127.0.0.1:8081/actuator/info',
      healthCheckUrl: 'http://127.0.0.1:8081/actuator/health',
    },
  ])
})

test('a registration is in the form that Java servers read', () => {
  const secure = { hostname: '::1', securePort: 8081, securePortEnabled: true, nonSecurePortEnabled: false }
  const { instance } = registrationBody(resolveInstanceOptions({ ...given, ...secure, appGroupName: 'shop', asgName: 'asg' }), state)
  expect(instance).toMatchObject({
    instanceId: '::1:order-service:8081',
    app: 'ORDER-SERVICE',
    vipAddress: 'order-service',
    appGroupName: 'SHOP',
    asgName: 'asg',
    port: { $: 8081, '@enabled': 'false' },
    securePort: { $: 8081, '@enabled': 'true' },
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    leaseInfo: { renewalIntervalInSecs: 30, durationInSecs: 15 },
    homePageUrl: 'https://[::1]:8081/',
    lastDirtyTimestamp: '1000',
  })
})

test('an Amazon registration has its metadata, and its zone is read from there', () => {
  const dataCenterInfo = { name: 'Amazon', metadata: { 'instance-id': 'i-1', 'availability-zone': 'us-east-1c' } } as const
  const { instance } = registrationBody(resolveInstanceOptions({ ...given, dataCenterInfo }), { ...state, metadata: {} })
  expect(instance.dataCenterInfo).toMatchObject({ '@class': 'com.netflix.appinfo.AmazonInfo', name: 'Amazon' })
  expect(parseInstance({ ...instance, instanceId: '' })).toMatchObject({ instanceId: 'i-1', zone: 'us-east-1c' })
})

test('single objects, numbers as text, bare ports and any case are read, as old servers send them', () => {
  const instance = { hostName: 'web1', app: 'orders', port: { $: '8080', '@enabled': 'true' }, status: 'up', metadata: { '@class': 'x' } }
  const { entries } = parseApplications({ applications: { application: { name: 'ORDERS', instance } } })
  expect(entries).toMatchObject([
    { instance: { instanceId: 'web1', appName: 'ORDERS', url: 'http://web1:8080', status: 'UP', metadata: {} } },
  ])
  expect(parseInstance({ ...instance, port: 8080 })).toMatchObject({ port: 8080 })
})

test.each(['overriddenStatus', 'overriddenstatus'])('an override is read from %s', (member) => {
  expect(parseInstance({ hostName: 'web1', app: 'A', [member]: 'OUT_OF_SERVICE' })?.overriddenStatus).toBe('OUT_OF_SERVICE')
})

test('an enabled secure port makes an https address', () => {
  const instance = { hostName: 'web1', app: 'ORDERS', port: { $: 80, '@enabled': 'false' }, securePort: { $: 8443, '@enabled': true } }
  expect(parseInstance(instance)).toMatchObject({ url: 'https://web1:8443', status: 'UNKNOWN' })
})

test('what is no instance is left out, what is no registry is an error', () => {
  const instances = [null, 'x', {}, { app: 'A', port: { $: 80 } }]
  expect(parseApplications({ applications: { application: [{ instance: instances }, null, 7] } }).entries).toEqual([])
  expect(() => parseApplications({ hello: 'world' })).toThrow('not a list of applications')
})

test('instances are the same only when all that is told of them is', () => {
  const web1 = { hostName: 'web1', app: 'A', port: 80, status: 'UP', vipAddress: 'a', metadata: { k: '1' } }
  const same = (changes: object) => {
    const [one, other] = [parseInstance(web1), parseInstance({ ...web1, ...changes })]
    return one !== undefined && other !== undefined && isSameInstance(one, other)
  }
  expect(same({ lastUpdatedTimestamp: '7' })).toBe(true)
  const changes = [{ status: 'DOWN' }, { port: 81 }, { vipAddress: 'b' }, { metadata: { k: '2' } }, { metadata: { k: '1', l: '1' } }]
  expect(changes.map(same)).toEqual([false, false, false, false, false])
})
