import { once } from 'node:events'
import { get } from 'node:http'
import { EXIT, Failure } from '../command.ts'
import { createAsker } from './asker.ts'
import type { Place } from './connection.ts'
import { createEventParser } from './event-stream.ts'
import { parseListing } from './listing.ts'
import type { Requests } from './requests.ts'
import { createSightings, type Sightings } from './sightings.ts'

/** Somebody who looks at a registry and notes what is listed. */
export interface Watcher {
  sightings: Sightings
  /** How often it had to begin anew, where it can. */
  restarts(): number
  stop(): void
}

const SNAPSHOT_TIMEOUT_MS = 60_000

/** Asks for deltas, `everyMs` apart. */
export function startPoller(place: Place, requests: Requests, everyMs: number): Watcher {
  const asker = createAsker(place)
  const sightings = createSightings()
  const request = requests.delta({ isGzip: false })
  let isWaiting = false

  async function poll(): Promise<void> {
    if (isWaiting) return
    isWaiting = true
    try {
      const { status, body } = await asker.ask(request)
      if (status === 200) sightings.see(parseListing(body.toString()).applications, performance.now())
    } catch {
      // What it did not see counts as missed.
    } finally {
      isWaiting = false
    }
  }

  const timer = setInterval(poll, everyMs)
  return {
    sightings,
    restarts: () => 0,
    stop() {
      clearInterval(timer)
      asker.close()
    },
  }
}

/** Listens to the stream of changes. Resolves when the snapshot has come; undefined when this registry has no stream. */
export async function startStreamWatcher(place: Place, signal: AbortSignal): Promise<Watcher | undefined> {
  const sightings = createSightings()
  let restarts = 0
  let stream = await openStream(place, sightings)
  if (!stream) return undefined
  let isStopped = false

  function watchEnd(current: Stream): void {
    current.onEnd(async () => {
      if (isStopped || signal.aborted) return
      restarts += 1
      const next = await openStream(place, sightings).catch(() => undefined)
      if (!next) return
      stream = next
      watchEnd(next)
    })
  }

  watchEnd(stream)
  return {
    sightings,
    restarts: () => restarts,
    stop() {
      isStopped = true
      stream?.end()
    },
  }
}

type Stream = NonNullable<Awaited<ReturnType<typeof openStream>>>

async function openStream({ host, port }: Place, sightings: Sightings) {
  const request = get({ host, port, path: '/eureka/apps/stream', agent: false, headers: { accept: 'text/event-stream' } })
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage] // as Node documents it
  if (response.statusCode !== 200) {
    request.destroy()
    return undefined
  }
  response.setEncoding('utf8')
  response.on('error', () => {}) // it ends, which is listened to
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Failure(EXIT.failed, 'The stream’s snapshot did not come in time.')), SNAPSHOT_TIMEOUT_MS)
    const settle = () => {
      clearTimeout(timer)
      resolve()
    }
    response.once('close', settle)
    const parse = createEventParser((kind, data) => {
      if (kind === 'snapshot') settle()
      else sightings.see(parseListing(data).applications, performance.now())
    })
    response.on('data', parse)
  })
  return {
    onEnd: (listener: () => void) => (response.closed ? listener() : void response.once('close', listener)),
    end: () => request.destroy(),
  }
}
