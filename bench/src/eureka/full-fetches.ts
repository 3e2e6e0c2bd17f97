import { setTimeout as sleep } from 'node:timers/promises'
import { pause } from '../gateway.ts'
import { type Asker, createAsker } from './asker.ts'
import type { Place } from './connection.ts'
import { parseListing } from './listing.ts'
import { createRegistryCopy } from './registry-copy.ts'
import type { Requests } from './requests.ts'

/** How often clients that follow by deltas found that their copy was wrong and fetched everything. */
export interface FullFetches {
  deltas: number
  full: number
}

const CLIENTS = 10
const FETCH_EVERY_MS = 1000

/** Clients who fetch a delta each second, as Java's do, for a while in which the registry should be changing. */
export async function measureFullFetches(place: Place, requests: Requests, seconds: number, signal: AbortSignal): Promise<FullFetches> {
  const untilMs = performance.now() + seconds * 1000
  const clients = Array.from({ length: CLIENTS }, async (_client, index) => {
    await pause((index * FETCH_EVERY_MS) / CLIENTS, signal)
    const asker = createAsker(place)
    return follow(asker, requests, untilMs).finally(() => asker.close())
  })
  const followed = await Promise.all(clients)
  return followed.reduce((sum, { deltas, full }) => ({ deltas: sum.deltas + deltas, full: sum.full + full }), { deltas: 0, full: 0 })
}

async function follow(asker: Asker, requests: Requests, untilMs: number): Promise<FullFetches> {
  const copy = createRegistryCopy()
  const fetch = async (request: Buffer) => parseListing((await asker.ask(request)).body.toString())
  const fetchAll = async () => copy.replace((await fetch(requests.full({ isGzip: false }))).applications)
  let deltas = 0
  let full = 0
  await fetchAll()
  while (performance.now() < untilMs) {
    await sleep(FETCH_EVERY_MS)
    const delta = await fetch(requests.delta({ isGzip: false }))
    deltas += 1
    copy.apply(delta.applications)
    if (copy.hashCode() === delta.hashCode) continue
    full += 1
    await fetchAll()
  }
  return { deltas, full }
}
