import { join } from 'node:path'
import type { HttpServer } from '@order-flow/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PeerState } from '../peers/peer.ts'
import type { Registry } from '../registry/registry.ts'
import type { Preservation } from '../registry/self-preservation.ts'
import type { ServerFacts } from '../server-facts.ts'
import { type PageFile, readPageFiles } from './page-files.ts'
import type { RecentChanges } from './recent-changes.ts'
import { type DashboardLeases, type DashboardState, leasesOf, type PreservationSettings, shownPeer, type Viewer } from './state.ts'

export interface DashboardParts {
  registry: Registry
  recentChanges: RecentChanges
  preservation(): Preservation & PreservationSettings
  facts(): ServerFacts
  /** Open streams and waiting requests. */
  watchers(): number
  peers(): PeerState[]
  viewerOf(request: FastifyRequest): Viewer | Promise<Viewer>
  now(): number
}

/** How the addresses end that tell what is registered. */
export const DASHBOARD_DATA = ['/dashboard/state', '/dashboard/leases']

const MAX_APPLICATIONS = 500
const MAX_LEASES = 5000

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/**
 * Serves the dashboard for people at `path` (`/`), its recent changes at `lastn` below it, and below `dashboard/` the
 * files of the page, which need no build, and what it asks for. Errors of the addresses: none of their own.
 */
export function addDashboard(http: HttpServer, path: string, parts: DashboardParts): void {
  const base = path.replace(/\/+$/, '')
  const files = readPageFiles(join(import.meta.dirname, 'page'))
  const page = files.find(({ name }) => name === 'index.html')
  if (!page) throw new Error('The dashboard has no index.html.')
  // All addresses in the page are relative, so that it works below any path, also behind a proxy that adds one.
  const lastSegment = base.slice(base.lastIndexOf('/') + 1)
  if (base !== '') http.get(base, (_request, reply) => reply.headers(SECURITY_HEADERS).redirect(`${lastSegment}/`))
  for (const address of [`${base}/`, `${base}/lastn`]) http.get(address, (request, reply) => sendFile(request, reply, page))
  for (const file of files) {
    if (file !== page) http.get(`${base}/dashboard/${file.name}`, (request, reply) => sendFile(request, reply, file))
  }
  const eurekaUrl = `${'../'.repeat(base.split('/').length)}eureka/`
  http.get(`${base}/dashboard/state`, async (request, reply) => {
    reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store' })
    return stateFor(request, eurekaUrl, parts)
  })
  http.get(`${base}/dashboard/leases`, async (request, reply): Promise<DashboardLeases> => {
    reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store' })
    const names = queryOf(request).getAll('app').slice(0, MAX_APPLICATIONS)
    return { nowMs: parts.now(), applications: leasesOf(parts.registry, names, MAX_LEASES) }
  })
}

async function stateFor(request: FastifyRequest, eurekaUrl: string, parts: DashboardParts): Promise<DashboardState> {
  const after = Number(queryOf(request).get('after'))
  return {
    nowMs: parts.now(),
    eurekaUrl,
    server: { ...parts.facts(), watchers: parts.watchers() },
    preservation: parts.preservation(),
    peers: parts.peers().map(shownPeer),
    changes: parts.recentChanges.after(Number.isSafeInteger(after) ? after : 0),
    viewer: await parts.viewerOf(request),
  }
}

function queryOf({ url }: FastifyRequest): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1))
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { type, etag, body }: PageFile): FastifyReply {
  reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-cache', etag })
  return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.type(type).send(body)
}
