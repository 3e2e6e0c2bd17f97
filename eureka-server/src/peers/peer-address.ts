import { lookup } from 'node:dns/promises'
import { hostname, networkInterfaces } from 'node:os'
import { AppError, withTimeout } from '@order-flow/service-kit'

/** Where a peer is: without credentials, fit to be shown, and with a slash at its end. */
export interface PeerAddress {
  url: string
  /** For every request to it. */
  headers: Record<string, string>
}

export interface Self {
  /** `eureka.server.my-url`, when it is set. */
  myUrl: string
  /** Host that others reach this server by. */
  host: string
  port: number
}

const LOOKUP_TIMEOUT_MS = 2000

/**
 * The peers among the addresses in `eureka.client.service-url.defaultZone`: all but this server itself, known by host and
 * port. (Netflix's server looks at the host only, so two on one machine take each other for themselves.)
 * Errors: `invalid` for what is no URL.
 */
export async function peerAddressesIn(serviceUrl: string, self: Self): Promise<PeerAddress[]> {
  // Nobody can name a server whose port the system chooses.
  if (self.port === 0) return []
  const urls = serviceUrl
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(parse)
  const areSelf = await Promise.all(urls.map((url) => isSelf(url, self)))
  const others = urls.filter((_url, index) => !areSelf[index]).map(addressOf)
  return [...new Map(others.map((address) => [address.url, address])).values()]
}

function parse(text: string): URL {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text)
  throw new AppError(
    'invalid',
    `The address "${text}" in eureka.client.service-url.defaultZone is not a URL like http://host:8761/eureka/.`,
  )
}

async function isSelf(url: URL, { myUrl, host, port }: Self): Promise<boolean> {
  if (myUrl !== '') return withoutCredentials(url) === withoutCredentials(parse(myUrl))
  if (Number(url.port || (url.protocol === 'https:' ? 443 : 80)) !== port) return false
  const name = url.hostname.replace(/^\[|\]$/g, '')
  if (name === host || name === hostname()) return true
  const own = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? [])
  return (await addressesOf(name)).some((address) => own.includes(address))
}

/** In a container network a server's name is known to the name service only. Empty when the name is not known (yet). */
async function addressesOf(name: string): Promise<string[]> {
  const found = lookup(name, { all: true }).then((list) => list.map(({ address }) => address))
  return withTimeout(found, LOOKUP_TIMEOUT_MS, `No address of ${name}`).catch(() => [])
}

function addressOf(url: URL): PeerAddress {
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const headers: Record<string, string> =
    credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  return { url: withoutCredentials(url), headers }
}

function withoutCredentials(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/*$/, '/')}`
}
