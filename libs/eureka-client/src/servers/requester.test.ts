import { expect, test, vi } from 'vitest'
import { resolveClientOptions } from '../options/options.ts'
import { apiOver } from './eureka-api.ts'
import { createRequester } from './requester.ts'
import { createServerList } from './server-list.ts'

const key = { appName: 'order-service', instanceId: '127.0.0.1:order-service:8081' }
const state = { status: 'UP', dirtyAtMs: 7 } as const
const body = { instance: {} }

test('a server that fails is left for the next, which is then asked first', async () => {
  const { api, asked } = apiWith('http://one/eureka/, http://two/eureka', (url) => (url.startsWith('http://one') ? 503 : 200))
  await api.heartbeat(key, state)
  await api.heartbeat(key, state)
  expect(asked.map(({ url }) => new URL(url).host)).toEqual(['one', 'two', 'two'])
})

test('when no server answers, the error names each of them and its reason', async () => {
  const { api } = apiWith('http://one/eureka,http://two/eureka', (url) => {
    if (url.startsWith('http://one')) throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
    return 500
  })
  await expect(api.register('order-service', body)).rejects.toThrow(
    'http://one/eureka cannot be reached (ECONNREFUSED); http://two/eureka answered 500',
  )
})

test('at most three servers are asked for one request', async () => {
  const { api, asked } = apiWith('http://one/e,http://two/e,http://three/e,http://four/e', () => 500)
  await expect(api.fetchAll()).rejects.toThrow('500')
  expect(asked.map(({ url }) => new URL(url).host)).toEqual(['one', 'two', 'three'])
})

test('credentials in the address go into a header, and into no message', async () => {
  const { api, asked } = apiWith('http://user:s%3Acret@one/eureka', () => 401)
  await expect(api.register('order-service', body)).rejects.toThrow(/^http:\/\/one\/eureka answered 401$/)
  expect(asked[0]?.headers).toMatchObject({ authorization: `Basic ${btoa('user:s:cret')}` })
})

test('a redirect is not followed, and the message says so', async () => {
  const { api, asked } = apiWith('http://one/eureka', () => 302)
  await expect(api.fetchAll()).rejects.toThrow('http://one/eureka answered 302, a redirect, which is not followed')
  expect(asked[0]?.redirect).toBe('manual')
})

test.each([
  ['heartbeat', 409],
  ['heartbeat', 500],
  ['register', 400],
  ['fetchDelta', 500],
] as const)('%s: %i is for the next server to answer better', async (operation, status) => {
  const { api, asked } = apiWith('http://one/eureka,http://two/eureka', () => status)
  const tries = { heartbeat: () => api.heartbeat(key, state), register: () => api.register('a', body), fetchDelta: api.fetchDelta }
  await expect(tries[operation]()).rejects.toThrow(String(status))
  expect(asked).toHaveLength(2)
})

test.each([403, 404])('a registry without changes answers %i, which is an answer', async (status) => {
  const { api, asked } = apiWith('http://one/eureka,http://two/eureka', () => status)
  expect(await api.fetchDelta()).toBeUndefined()
  expect(asked).toHaveLength(1)
})

test('a goodbye is content with any answer', async () => {
  const { api, asked } = apiWith('http://one/eureka,http://two/eureka', () => 500)
  await api.cancel(key)
  expect(asked).toHaveLength(1)
})

test('a goodbye to servers that do not answer ends after a second', async () => {
  vi.useFakeTimers()
  const { api } = apiWith('http://one/eureka,http://two/eureka', 'silence')
  const ended = vi.fn()
  api.cancel(key).catch(ended)
  await vi.advanceTimersByTimeAsync(999)
  expect(ended).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(ended).toHaveBeenCalledOnce()
  vi.useRealTimers()
})

test('an answer must begin within both waits together', async () => {
  vi.useFakeTimers()
  const { api } = apiWith('http://one/eureka', 'silence')
  const ended = vi.fn()
  api.fetchAll().catch(ended)
  await vi.advanceTimersByTimeAsync(12_999)
  expect(ended).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(ended).toHaveBeenCalledWith(new Error('http://one/eureka cannot be reached (no answer in time)'))
  vi.useRealTimers()
})

function apiWith(defaultZone: string, answer: ((url: string) => number) | 'silence') {
  const asked: { url: string; headers: unknown; redirect: string | undefined }[] = []
  const settings = resolveClientOptions({ serviceUrl: { defaultZone } })
  const servers = createServerList({ settings, random: () => 0.999 })
  const requester = createRequester({
    servers,
    settings,
    fetch: async (input, init) => {
      asked.push({ url: String(input), headers: init?.headers, redirect: init?.redirect })
      if (answer === 'silence') return silence(init?.signal)
      return new Response(null, { status: answer(String(input)) })
    },
  })
  return { api: apiOver(requester), asked }
}

function silence(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
}
