import { expect, test } from 'vitest'
import { parseApplications, registrationBody } from './instance.ts'

const registration = { appName: 'order-service', host: '127.0.0.1', port: 8081, metadata: { version: '1', zone: 'a' } }
const times = { renewalIntervalMs: 5000, leaseDurationMs: 14_500 }

test('what a service registers is what others read', () => {
  const { instance } = registrationBody(registration, times, 1000)
  expect(parseApplications({ applications: { application: [{ name: 'ORDER-SERVICE', instance: [instance] }] } })).toEqual([
    {
      instanceId: '127.0.0.1:order-service:8081',
      appName: 'ORDER-SERVICE',
      host: '127.0.0.1',
      port: 8081,
      url: 'http://127.0.0.1:8081',
      status: 'UP',
      metadata: { version: '1', zone: 'a' },
      zone: 'a',
    },
  ])
})

test('a registration is in the form that Java servers read', () => {
  const { instance } = registrationBody({ ...registration, secure: true, host: '::1' }, times, 1000)
  expect(instance).toMatchObject({
    app: 'ORDER-SERVICE',
    vipAddress: 'order-service',
    port: { $: 80, '@enabled': 'false' },
    securePort: { $: 8081, '@enabled': 'true' },
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    leaseInfo: { renewalIntervalInSecs: 5, durationInSecs: 15 },
    homePageUrl: 'https://[::1]:8081/',
    lastDirtyTimestamp: '1000',
  })
})

test('a single object counts as a list of one, as old servers send it', () => {
  const instance = { hostName: 'web1', app: 'orders', port: { $: '8080', '@enabled': 'true' }, status: 'UP', metadata: { '@class': 'x' } }
  const [found] = parseApplications({ applications: { application: { name: 'ORDERS', instance } } })
  expect(found).toMatchObject({ instanceId: 'web1', appName: 'ORDERS', url: 'http://web1:8080', metadata: {} })
})

test('an enabled secure port makes an https address', () => {
  const instance = { hostName: 'web1', app: 'ORDERS', port: { $: 80, '@enabled': 'false' }, securePort: { $: 8443, '@enabled': true } }
  expect(parseApplications({ applications: { application: [{ instance: [instance] }] } })).toMatchObject([
    { url: 'https://web1:8443', status: 'UNKNOWN' },
  ])
})

test('what is no instance is left out, what is no registry is an error', () => {
  const instances = [null, 'x', {}, { hostName: 'a', app: 'A', port: { $: 0 } }]
  expect(parseApplications({ applications: { application: [{ instance: instances }, null, 7] } })).toEqual([])
  expect(() => parseApplications({ hello: 'world' })).toThrow('not a list of applications')
})
