import { type Instance, instanceIdOf, type LeaseTimes, parseApplications, type Registration, registrationBody } from './instance.ts'

export interface EurekaApiOptions {
  /** Base URLs of the registry, separated by commas; each may hold `user:password@`. */
  serviceUrl: string
  times: LeaseTimes
  fetch: typeof fetch
  /** Ends every request under way except the goodbye. */
  signal: AbortSignal
}

/** Eureka's REST operations. A server that fails is left for the next in the list; errors name every one that was tried. */
export interface EurekaApi {
  fetchApplications(): Promise<Instance[]>
  register(registration: Registration): Promise<void>
  /** False when the registry does not know the instance (any more). */
  renew(registration: Registration): Promise<boolean>
  cancel(registration: Registration): Promise<void>
}

interface ServiceUrl {
  /** Without credentials and without a slash at its end; fit to be shown. */
  base: string
  headers: Record<string, string>
}

interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body?: unknown
  /** Statuses that are an answer; with any other the next server is asked. */
  accept: readonly number[]
  timeoutMs: number
  signal?: AbortSignal
}

const REQUEST_TIMEOUT_MS = 3000
// Stopping must be quick; a goodbye that is lost is made good by the lease's end.
const GOODBYE_TIMEOUT_MS = 1000

/** Makes the operations. Errors: a plain Error when there is no usable URL in `serviceUrl`. */
export function createEurekaApi({ serviceUrl, times, fetch, signal }: EurekaApiOptions): EurekaApi {
  const servers = parseServiceUrls(serviceUrl)
  let lastGood = 0

  async function ask(operation: Operation): Promise<{ status: number; text: string }> {
    const failures: string[] = []
    for (let tried = 0; tried < servers.length; tried++) {
      const index = (lastGood + tried) % servers.length
      const server = servers[index]
      if (!server) break
      try {
        const answer = await send(server, operation)
        if (operation.accept.includes(answer.status)) {
          lastGood = index
          return answer
        }
        failures.push(`${server.base} answered ${answer.status}${answer.text ? `: ${answer.text.slice(0, 200)}` : ''}`)
      } catch (error) {
        failures.push(`${server.base} cannot be reached (${reasonOf(error)})`)
      }
    }
    throw new Error(failures.join('; '))
  }

  async function send(server: ServiceUrl, { method, path, body, timeoutMs, signal: operationSignal }: Operation) {
    const response = await fetch(`${server.base}/${path}`, {
      method,
      headers: { ...server.headers, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(operationSignal ? [operationSignal] : [])]),
    })
    return { status: response.status, text: await response.text() }
  }

  return {
    async fetchApplications() {
      const { text } = await ask({ method: 'GET', path: 'apps/', accept: [200], timeoutMs: REQUEST_TIMEOUT_MS, signal })
      return parseApplications(JSON.parse(text))
    },
    async register(registration) {
      const body = registrationBody(registration, times, Date.now())
      const path = `apps/${encodeURIComponent(registration.appName.toUpperCase())}`
      await ask({ method: 'POST', path, body, accept: [204, 200], timeoutMs: REQUEST_TIMEOUT_MS, signal })
    },
    async renew(registration) {
      const path = `${pathOf(registration)}?status=UP`
      const { status } = await ask({ method: 'PUT', path, accept: [200, 404], timeoutMs: REQUEST_TIMEOUT_MS, signal })
      return status === 200
    },
    async cancel(registration) {
      await ask({ method: 'DELETE', path: pathOf(registration), accept: [200, 204, 404], timeoutMs: GOODBYE_TIMEOUT_MS })
    },
  }
}

function pathOf(registration: Registration): string {
  return `apps/${encodeURIComponent(registration.appName.toUpperCase())}/${encodeURIComponent(instanceIdOf(registration))}`
}

function parseServiceUrls(serviceUrl: string): ServiceUrl[] {
  const servers = serviceUrl
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(parseServiceUrl)
  if (servers.length === 0) throw new Error('The registry has no address: eureka.client.service-url.defaultZone is empty.')
  return servers
}

function parseServiceUrl(text: string): ServiceUrl {
  if (!URL.canParse(text)) throw new Error(`The registry's address "${text}" is not a URL.`)
  const url = new URL(text)
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  const headers: Record<string, string> =
    credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  return { base: url.href.replace(/\/+$/, ''), headers }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}
