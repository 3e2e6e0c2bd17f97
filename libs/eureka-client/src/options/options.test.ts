import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { createEurekaClient } from '../client.ts'
import { CLIENT_OPTIONS } from './client-options.ts'
import { INSTANCE_OPTIONS } from './instance-options.ts'
import { resolveClientOptions, resolveInstanceOptions } from './options.ts'
import { optionsFromEnvironment } from './options-from-environment.ts'

test("without options the settings are Spring's", () => {
  expect(resolveClientOptions(undefined)).toMatchObject({
    serviceUrl: { defaultZone: 'http://localhost:8761/eureka/' },
    registryFetchIntervalSeconds: 30,
    eurekaServerConnectTimeoutSeconds: 5,
    eurekaServerReadTimeoutSeconds: 8,
    filterOnlyUpInstances: true,
  })
  expect(resolveInstanceOptions(undefined)).toMatchObject({
    appname: 'unknown',
    hostname: hostname(),
    instanceId: `${hostname()}:unknown:80`,
    leaseRenewalIntervalInSeconds: 30,
    leaseExpirationDurationInSeconds: 90,
    initialStatus: 'UP',
  })
})

test('one error names every unknown or bad option and how to mend it', () => {
  const options = {
    client: { serviceUrls: {}, registryFetchIntervalSeconds: 0, push: 'websocket', 'register-with-eureka': false },
    instance: { appname: ' ', nonSecurePort: 70_000, metadataMap: { weight: 1 } },
    heathCheck: () => 'UP',
  }
  expect(() => createEurekaClient(options as never)).toThrow(
    new Error(
      [
        'The Eureka client cannot use its options:',
        'heathCheck is no option; there are client, instance, healthCheck, onProblem, fetch, random.',
        'client.serviceUrls is no option; did you mean client.serviceUrl?',
        'client.registryFetchIntervalSeconds must be a number of seconds above 0 and at most 2147483, not 0.',
        'client.push must be one of true, false, "long-poll", not "websocket".',
        'client.register-with-eureka is no option; did you mean client.registerWithEureka?',
        'instance.appname must be a name, not " ".',
        'instance.nonSecurePort must be a port from 1 to 65535, not 70000.',
        'instance.metadataMap must be an object whose values are text.',
      ].join(' '),
    ),
  )
})

test.each(['', ' , ', 'not a url', 'ftp://one/'])('the address "%s" is refused', (defaultZone) => {
  expect(() => createEurekaClient({ client: { serviceUrl: { defaultZone } } })).toThrow('registry')
})

test('a bad address is shown without its credentials', () => {
  expect(() => resolveClientOptions({ serviceUrl: { defaultZone: 'ftp://user:secret@one/' } })).toThrow('"ftp://one/"')
})

test('an address as host is the IP address too, and the IP address is the host when it is preferred', () => {
  expect(resolveInstanceOptions({ hostname: '10.0.0.1' })).toMatchObject({ ipAddress: '10.0.0.1' })
  expect(resolveInstanceOptions({ hostname: 'web1', ipAddress: '10.0.0.1', preferIpAddress: true })).toMatchObject({
    hostname: '10.0.0.1',
    instanceId: '10.0.0.1:unknown:80',
  })
})

test("environment variables give options in Spring's relaxed form", () => {
  const environment = {
    EUREKA_CLIENT_SERVICEURL_DEFAULTZONE: 'http://one/eureka/',
    EUREKA_CLIENT_SERVICE_URL_ZONE_A: 'http://two/eureka/',
    EUREKA_CLIENT_AVAILABILITYZONES_US_EAST_1: 'zone-a',
    EUREKA_CLIENT_FETCHREGISTRY: 'false',
    EUREKA_CLIENT_TLS_ENABLED: 'true',
    EUREKA_INSTANCE_LEASE_RENEWAL_INTERVAL_IN_SECONDS: '2.5',
    EUREKA_INSTANCE_LEASEEXPIRATIONDURATIONINSECONDS: '10',
    EUREKA_INSTANCE_METADATAMAP_ZONE: 'zone-a',
    EUREKA_INSTANCE_DATACENTERINFO: 'MyOwn',
    PATH: '/bin',
  }
  const options = optionsFromEnvironment(environment)
  expect(options).toEqual({
    client: {
      serviceUrl: { defaultZone: 'http://one/eureka/', 'zone-a': 'http://two/eureka/' },
      availabilityZones: { 'us-east-1': 'zone-a' },
      fetchRegistry: false,
    },
    instance: {
      leaseRenewalIntervalInSeconds: 2.5,
      leaseExpirationDurationInSeconds: 10,
      metadataMap: { zone: 'zone-a' },
      dataCenterInfo: { name: 'MyOwn' },
    },
  })
  expect(() => createEurekaClient(options)).not.toThrow()
})

test('a number that is none is named when the client is made', () => {
  const options = optionsFromEnvironment({ EUREKA_CLIENT_REGISTRYFETCHINTERVALSECONDS: 'often' })
  expect(() => createEurekaClient(options)).toThrow('client.registryFetchIntervalSeconds must be a number of seconds')
})

test('the README names every option with its default', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const missing = Object.entries({ ...CLIENT_OPTIONS, ...INSTANCE_OPTIONS }).filter(([option, { fallback }]) => {
    const isShownBare = fallback === '' || typeof fallback === 'object'
    return !readme.includes(isShownBare ? `\`${option}\`` : `\`${option}\` ${fallback}`)
  })
  expect(missing.map(([option]) => option)).toEqual([])
})
