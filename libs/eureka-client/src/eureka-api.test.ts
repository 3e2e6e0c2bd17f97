import { expect, test } from 'vitest'
import { createEurekaApi } from './eureka-api.ts'

const registration = { appName: 'order-service', host: '127.0.0.1', port: 8081, metadata: {} }

test('a server that fails is left for the next, which is then asked first', async () => {
  const { api, asked } = apiWith('http://one/eureka/, http://two/eureka', (url) => (url.startsWith('http://one') ? 503 : 200))
  await api.renew(registration)
  await api.renew(registration)
  expect(asked.map(({ url }) => new URL(url).host)).toEqual(['one', 'two', 'two'])
})

test('when no server answers, the error names each of them and its reason', async () => {
  const { api } = apiWith('http://one/eureka,http://two/eureka', (url) => {
    if (url.startsWith('http://one')) throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
    return 500
  })
  await expect(api.register(registration)).rejects.toThrow(
    'http://one/eureka cannot be reached (ECONNREFUSED); http://two/eureka answered 500',
  )
})

test('credentials in the address go into a header, and into no message', async () => {
  const { api, asked } = apiWith('http://user:s%3Acret@one/eureka', () => 401)
  await expect(api.register(registration)).rejects.toThrow(/^http:\/\/one\/eureka answered 401$/)
  expect(asked[0]?.headers).toMatchObject({ authorization: `Basic ${btoa('user:s:cret')}` })
})

test('requests have the paths that Eureka serves', async () => {
  const { api, asked } = apiWith('http://one/eureka/', () => 200)
  await api.register(registration)
  await api.renew(registration)
  await api.cancel(registration)
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST http://one/eureka/apps/ORDER-SERVICE',
    'PUT http://one/eureka/apps/ORDER-SERVICE/127.0.0.1%3Aorder-service%3A8081?status=UP',
    'DELETE http://one/eureka/apps/ORDER-SERVICE/127.0.0.1%3Aorder-service%3A8081',
  ])
})

test.each(['', ' , ', 'not a url'])('the address "%s" is refused', (serviceUrl) => {
  expect(() => apiWith(serviceUrl, () => 200)).toThrow('registry')
})

function apiWith(serviceUrl: string, statusFor: (url: string) => number) {
  const asked: { url: string; method: string | undefined; headers: unknown }[] = []
  const api = createEurekaApi({
    serviceUrl,
    times: { renewalIntervalMs: 5000, leaseDurationMs: 15_000 },
    signal: new AbortController().signal,
    fetch: async (input, init) => {
      asked.push({ url: String(input), method: init?.method, headers: init?.headers })
      return new Response(null, { status: statusFor(String(input)) })
    },
  })
  return { api, asked }
}
