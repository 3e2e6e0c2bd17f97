import { type ClientSettings, problemWithServiceUrls, type ServiceUrls, zonesOf } from '../options/client-options.ts'
import { listOf } from '../options/option-checks.ts'
import { within } from './within.ts'

/** One server of the registry. */
export interface Server {
  /** Base URL without credentials and without a slash at its end; fit to be shown. */
  base: string
  /** What its credentials make of a request. */
  headers: Readonly<Record<string, string>>
}

/** The servers of the registry, in the order in which they are to be asked. */
export interface ServerList {
  /** Those to try for one request: the last that worked, then others that did not fail lately; 3 at most. */
  candidates(): Promise<Server[]>
  /** Keeps to this server from now on. */
  succeeded(server: Server): void
  /** Passes it over until most others failed too. */
  failed(server: Server): void
}

export interface ServerListOptions {
  settings: ClientSettings
  /** The own zone, when it is known. */
  zone?: string | undefined
  /** Ends waits for a `serviceUrl` that is a function. */
  signal?: AbortSignal | undefined
  /** The time, ms. */
  now?: () => number
  /** From 0 to below 1. */
  random?: () => number
}

const MAX_TRIES = 3
/** The share of servers from which on quarantine ends for all: better to try again than to have nobody to ask. */
const QUARANTINE_LIMIT = 0.66
/** A server is kept to for 20 min, give or take half, so that clients spread over servers that were added or came back. */
const SESSION_MS = 20 * 60_000

/** Makes the list. With a function as `serviceUrl`, an answer of it that cannot be used keeps the servers known before. */
export function createServerList({ settings, zone, signal, now = Date.now, random = Math.random }: ServerListOptions): ServerList {
  const { serviceUrl } = settings
  let servers = typeof serviceUrl === 'function' ? [] : ordered(serviceUrl)
  let readAtMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  let lastGood: Server | undefined
  let sessionEndsAtMs = nextSessionEnd()
  const quarantine = new Set<string>()

  function ordered(urls: ServiceUrls): Server[] {
    return orderServers(urls, { own: zone, zones: zonesOf(settings), preferOwn: settings.preferSameZoneEureka, random })
  }

  function nextSessionEnd(): number {
    return now() + SESSION_MS * (0.5 + random())
  }

  async function readUrls(source: () => ServiceUrls | Promise<ServiceUrls>): Promise<void> {
    try {
      const urls = await within(settings.eurekaServerConnectTimeoutSeconds * 1000, signal, async () => source())
      const problem = problemWithServiceUrls(urls)
      if (problem !== undefined) throw new Error(`client.serviceUrl ${problem}.`)
      const known = new Set(servers.map(({ base }) => base))
      const next = ordered(urls)
      if (next.length === known.size && next.every(({ base }) => known.has(base))) return
      servers = next
      if (!next.some(({ base }) => base === lastGood?.base)) lastGood = undefined
    } catch (error) {
      if (servers.length === 0) throw error
    } finally {
      readAtMs = now()
      reading = undefined
    }
  }

  function endSession(): void {
    sessionEndsAtMs = nextSessionEnd()
    lastGood = undefined
    quarantine.clear()
    if (typeof serviceUrl !== 'function') servers = ordered(serviceUrl)
  }

  function withoutQuarantined(): Server[] {
    const bases = new Set(servers.map(({ base }) => base))
    for (const base of quarantine) if (!bases.has(base)) quarantine.delete(base)
    if (quarantine.size >= Math.max(1, Math.floor(servers.length * QUARANTINE_LIMIT))) quarantine.clear()
    return servers.filter(({ base }) => !quarantine.has(base))
  }

  return {
    async candidates() {
      const isDue = now() - readAtMs >= settings.eurekaServiceUrlPollIntervalSeconds * 1000
      if (typeof serviceUrl === 'function' && isDue) {
        reading ??= readUrls(serviceUrl)
        await reading
      }
      if (now() >= sessionEndsAtMs) endSession()
      const others = withoutQuarantined().filter(({ base }) => base !== lastGood?.base)
      return (lastGood ? [lastGood, ...others] : others).slice(0, MAX_TRIES)
    },
    succeeded(server) {
      lastGood = server
      quarantine.delete(server.base)
    },
    failed(server) {
      if (lastGood?.base === server.base) lastGood = undefined
      quarantine.add(server.base)
    },
  }
}

interface Order {
  own: string | undefined
  zones: readonly string[]
  preferOwn: boolean
  random: () => number
}

/** The own zone's servers first, then those of the other zones in their order; inside a zone in random order. */
function orderServers(urls: ServiceUrls, { own, zones, preferOwn, random }: Order): Server[] {
  const names = [...new Set([...(own === undefined ? [] : [own]), ...zones, 'defaultZone', ...Object.keys(urls)])]
  const byZone = names.map((name) => listOf(urls[name] ?? []).map(serverAt))
  const inOrder = preferOwn ? byZone.flatMap((servers) => shuffled(servers, random)) : shuffled(byZone.flat(), random)
  return [...new Map(inOrder.map((server) => [server.base, server])).values()]
}

function serverAt(text: string): Server {
  const url = new URL(text)
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`
  url.username = ''
  url.password = ''
  const headers = credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  return { base: url.href.replace(/\/+$/, ''), headers }
}

// A password with a lone % is taken as it is written.
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list]
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1))
    const [one, other] = [result[last] as T, result[chosen] as T] // both are inside the list
    result[last] = other
    result[chosen] = one
  }
  return result
}
