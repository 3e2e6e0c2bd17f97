import { AppError, type Logger } from '@order-flow/service-kit'
import type { LocalChange } from '../http/writes.ts'
import { type InstanceInfo, keyOf, type Lease } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'
import { batchText, parseBatchResult, type ReplicatedChange } from '../wire/batch.ts'
import type { PeerAddress } from './peer-address.ts'
import { isTimeout, reasonOf } from './reason.ts'

export interface PeerOptions {
  /** Longest wait for the answer to a batch, ms. */
  timeoutMs: number
  /** Changes that wait beyond this many: the oldest are dropped; heartbeats make them good. */
  maxQueued: number
  /** A heartbeat, registration or goodbye that could not be passed on for so long is dropped, ms. */
  maxAgeMs: number
}

export interface PeerParts {
  address: PeerAddress
  registry: Registry
  options: PeerOptions
  logger: Logger
  now(): number
}

/** How the passing on to one peer goes. */
export interface PeerState {
  url: string
  /** Of the last try; true before the first. */
  isReachable: boolean
  queued: number
  /** How long the oldest change that waits has waited, ms. */
  lagMs: number
  lastProblem?: string | undefined
}

/** Passes on to one other registry what clients change here, in order, a batch at a time. */
export interface Peer {
  tell(change: LocalChange): void
  state(): PeerState
  /** Sends what waits, for `graceMs` at most, then nothing more. */
  stop(graceMs: number): Promise<void>
}

interface Task extends LocalChange {
  /** When the peer was to be told for the first time, of this kind of change. */
  sinceMs: number
  /** When it was asked for last; a change is as old as that. */
  askedAtMs: number
}

interface Item {
  task: Task
  change: ReplicatedChange
  lease: Lease | undefined
}

const MAX_BATCH = 250
/** Changes that come together go together. */
const GATHER_MS = 10
const PAUSE_AFTER_FAILURE_MS = 100
const PAUSE_WHEN_BUSY_MS = 1000

export function createPeer({ address, registry, options, logger, now }: PeerParts): Peer {
  // In the order of the last request; an older one of the same kind for the same instance is not needed any more.
  let queue = new Map<string, Task>()
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined
  let isStopped = false
  const giveUp = new AbortController()
  let lastProblem: string | undefined

  function enqueue(task: Task): void {
    const key = keyOfTask(task)
    const since = queue.get(key)?.sinceMs ?? task.sinceMs
    queue.delete(key)
    queue.set(key, { ...task, sinceMs: since })
    const [oldest] = queue.keys()
    if (queue.size > options.maxQueued && oldest !== undefined) queue.delete(oldest)
    schedule(GATHER_MS)
  }

  function schedule(delayMs: number): void {
    if (isStopped || sending || timer || queue.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      sending = sendBatch().then((pauseMs) => {
        sending = undefined
        schedule(pauseMs)
      })
    }, delayMs)
  }

  /** Answers the pause before the next one, ms. Never rejects. */
  async function sendBatch(): Promise<number> {
    const items = takeItems()
    if (items.length === 0) return 0
    try {
      const results = await post(items)
      problemIsOver()
      for (const [index, item] of items.entries()) settle(item, results[index])
      return queue.size >= MAX_BATCH ? 0 : GATHER_MS
    } catch (error) {
      problem(error)
      if (error instanceof Refusal && !error.isBusy) return GATHER_MS
      putBack(items)
      return error instanceof Refusal || isTimeout(error) ? PAUSE_WHEN_BUSY_MS : PAUSE_AFTER_FAILURE_MS
    }
  }

  function takeItems(): Item[] {
    const items: Item[] = []
    for (const [key, task] of queue) {
      if (items.length === MAX_BATCH) break
      queue.delete(key)
      const item = itemOf(task)
      if (item) items.push(item)
    }
    return items
  }

  /** Undefined when there is nothing to say any more. */
  function itemOf(task: Task): Item | undefined {
    const { action, app, instanceId, status } = task
    const lease = registry.lease(app, instanceId)
    // An override is a state, not an event: late is better than never.
    const isState = action === 'StatusUpdate' || action === 'DeleteStatusOverride'
    if (!isState && now() - task.askedAtMs > options.maxAgeMs) return undefined
    if (action === 'Cancel') return { task, change: { action, app, instanceId }, lease: undefined }
    if (!lease) return undefined
    const { lastDirtyTimestamp } = lease.instance
    const override = action === 'Heartbeat' && lease.overriddenStatus !== 'UNKNOWN' ? { overriddenStatus: lease.overriddenStatus } : {}
    const change = { action, app, instanceId, lastDirtyTimestamp, status: status ?? lease.status, ...override }
    return { task, change, lease: action === 'Register' ? lease : undefined }
  }

  async function post(items: readonly Item[]): Promise<{ statusCode: number; newer?: InstanceInfo }[]> {
    const response = await fetch(`${address.url}peerreplication/batch/`, {
      method: 'POST',
      headers: { ...address.headers, ...IDENTITY, accept: 'application/json', 'content-type': 'application/json' },
      body: batchText(items),
      signal: AbortSignal.any([giveUp.signal, AbortSignal.timeout(options.timeoutMs)]),
      redirect: 'error',
    })
    const text = await response.text()
    if (!response.ok) throw new Refusal(`answered ${response.status}`, BUSY.includes(response.status))
    const results = resultsIn(text, now())
    if (results?.length !== items.length) throw new Refusal('answered with something else than a result for each change', false)
    return results
  }

  function settle({ task }: Item, result: { statusCode: number; newer?: InstanceInfo } | undefined): void {
    if (task.action !== 'Heartbeat' || !result) return
    if (result.statusCode === 404) enqueue({ ...task, action: 'Register', sinceMs: now(), askedAtMs: now() })
    else if (result.newer) registry.register(result.newer, now(), 'peer')
  }

  function putBack(items: readonly Item[]): void {
    const newer = queue
    const older = items.map(({ task }): [string, Task] => [keyOfTask(task), task])
    queue = new Map([...older.filter(([key]) => !newer.has(key)), ...newer])
  }

  function problem(error: unknown): void {
    const text = reasonOf(error)
    if (text !== lastProblem) logger.warn({ peer: address.url, reason: text, queued: queue.size }, 'a peer does not take changes')
    lastProblem = text
  }

  function problemIsOver(): void {
    if (lastProblem !== undefined) logger.info({ peer: address.url, queued: queue.size }, 'a peer takes changes again')
    lastProblem = undefined
  }

  return {
    tell: (change) => enqueue({ ...change, sinceMs: now(), askedAtMs: now() }),
    state: () => ({
      url: address.url,
      isReachable: lastProblem === undefined,
      queued: queue.size,
      lagMs: Math.max(0, ...firstOf(queue.values()).map(({ sinceMs }) => now() - sinceMs)),
      lastProblem,
    }),
    async stop(graceMs) {
      const graceTimer = setTimeout(() => giveUp.abort(), graceMs)
      clearTimeout(timer)
      await sending
      isStopped = true
      clearTimeout(timer)
      while (queue.size > 0 && lastProblem === undefined && !giveUp.signal.aborted) await sendBatch()
      clearTimeout(graceTimer)
    },
  }
}

function keyOfTask(task: Task): string {
  return `${task.action}\n${keyOf(task)}`
}

/** By which Java's server knows another registry. */
const IDENTITY = { 'discoveryidentity-name': 'DefaultServer', 'discoveryidentity-version': '1.0', 'user-agent': 'order-flow-eureka-server' }

const BUSY = [429, 503]

/** The peer answered, but not with results. */
class Refusal extends Error {
  readonly isBusy: boolean

  constructor(message: string, isBusy: boolean) {
    super(message)
    this.isBusy = isBusy
  }
}

function resultsIn(text: string, nowMs: number): ReturnType<typeof parseBatchResult> | undefined {
  try {
    return parseBatchResult(text, nowMs)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

function firstOf<T>(values: Iterable<T>): T[] {
  for (const value of values) return [value]
  return []
}
