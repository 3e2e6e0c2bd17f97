import { type Database, type Logger, newId } from '@order-flow/service-kit'
import { type FeedEntryRow, type FeedRange, feedBetween, headsOf } from '../feed-store.ts'
import type { Topics } from './topics.ts'

/** What one transaction has added to a topic: the positions from `first` to `last`. */
export interface Told {
  topic: string
  first: number
  last: number
}

export interface HintsParts {
  db: Database
  topics: Topics
  logger: Logger
  /** How often followed topics are compared with the feed, in case that a hint was lost. */
  catchUpMs: number
  /** An event of another instance was pushed to somebody here. `storedAt`: when it became part of the feed, ISO 8601. */
  onPushed: (storedAt: string) => void
}

export type Hints = ReturnType<typeof createHints>

const CHANNEL = 'feed'
/** Database.signal takes 7,900 bytes. */
const MAX_SIGNAL_BYTES = 7800
/** Topics that wait to be read; hints beyond are dropped, and the comparison finds what they told. */
const MAX_WAITING = 10_000
const TOPICS_PER_READ = 200
const ROWS_PER_TOPIC = 50
/** Transactions about one topic that wait to be shown to those who follow all orders; they have no offsets, so no claim to all. */
const TOLD_PER_TOPIC = 50
const TOPICS_PER_COMPARISON = 1000

interface Waiting {
  /** What has been heard of; followers may lack more before it. */
  first: number
  last: number
  /** What other instances have told just now, for those who follow all orders. */
  told: Told[]
}

/**
 * Brings what other instances have told to the sockets of this one. Each transaction is followed by a hint to the other
 * instances, which read the rows that somebody there follows, all waiting topics in one query, and publish them. Hints
 * may be lost, late or twice: positions are dense, so a subscription knows what it has sent and reads what it has not;
 * and now and then every followed topic is compared with its head.
 */
export function createHints({ db, topics, logger, catchUpMs, onPushed }: HintsParts) {
  const instance = newId()
  const waiting = new Map<string, Waiting>()
  let reading: Promise<void> | undefined
  let comparing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let stopListening: () => void = () => undefined
  let isStopped = false

  /** Tells the other instances what this one has committed. */
  function send(told: readonly Told[]): void {
    for (const text of signalsOf(instance, told)) db.signal(CHANNEL, text)
  }

  function receive(text: string): void {
    const { from, told } = readSignal(text)
    if (from === instance || !told) return
    const isFollowingOrders = topics.isFollowed('orders')
    for (const each of told) {
      if (isFollowingOrders || (topics.isFollowed(each.topic) && each.last > (topics.lastPublished(each.topic) ?? 0))) {
        note(each, isFollowingOrders ? [each] : [])
      }
    }
    read()
  }

  function note({ topic, first, last }: Told, told: Told[]): void {
    const known = waiting.get(topic)
    if (known) {
      known.first = Math.min(known.first, first)
      known.last = Math.max(known.last, last)
      if (known.told.length < TOLD_PER_TOPIC) known.told.push(...told)
    } else if (waiting.size < MAX_WAITING) {
      waiting.set(topic, { first, last, told })
    }
  }

  function read(): void {
    if (waiting.size === 0 || isStopped) return
    reading ??= readWaiting()
      .catch((error: unknown) => logger.warn({ err: error }, 'what other instances told cannot be read now'))
      .finally(() => {
        reading = undefined
        read()
      })
  }

  async function readWaiting(): Promise<void> {
    const batch = new Map([...waiting].slice(0, TOPICS_PER_READ))
    for (const topic of batch.keys()) waiting.delete(topic)
    const rows = await feedBetween(
      db,
      Array.from(batch, ([topic, each]) => rangeOf(topic, each)),
    )
    for (const row of rows) publish(row, batch.get(row.topic)?.told ?? [])
  }

  /** A longer range than a page is cut to its end: whoever follows notices the hole and reads it at its own pace. */
  function rangeOf(topic: string, { first, last, told }: Waiting): FeedRange {
    const followed = topics.isFollowed(topic) ? (topics.lastPublished(topic) ?? first - 1) : last
    const after = told.reduce((least, each) => Math.min(least, each.first - 1), followed)
    return { topic, after: Math.max(after, last - ROWS_PER_TOPIC), upTo: last }
  }

  function publish({ topic, position, kind, event, storedAt }: FeedEntryRow, told: readonly Told[]): void {
    if (kind === 'notification' && told.some(({ first, last }) => first <= position && position <= last)) {
      topics.publish('orders', undefined, event)
    }
    // Meanwhile this instance may have published it, or something later.
    if (position > (topics.lastPublished(topic) ?? 0) && topics.publish(topic, position, event)) onPushed(storedAt)
  }

  /** Compares every followed topic with its head, so many at once. */
  async function compare(): Promise<void> {
    const followed = [...topics.followed()]
    for (let at = 0; at < followed.length && !isStopped; at += TOPICS_PER_COMPARISON) {
      for (const { topic, head } of await headsOf(db, followed.slice(at, at + TOPICS_PER_COMPARISON))) {
        if (head > (topics.lastPublished(topic) ?? 0)) note({ topic, first: head, last: head }, [])
      }
      read()
    }
  }

  return {
    send,
    start() {
      stopListening = db.listen(CHANNEL, receive)
      timer = setInterval(() => {
        comparing ??= compare()
          .catch((error: unknown) => logger.warn({ err: error }, 'followed topics cannot be compared with the feed now'))
          .finally(() => {
            comparing = undefined
          })
      }, catchUpMs)
    },
    async stop() {
      isStopped = true
      stopListening()
      clearInterval(timer)
      await comparing
      await reading
    },
  }
}

/** As few texts as the size of a signal allows: `[instance, [topic, first, last], ...]`. */
function signalsOf(instance: string, told: readonly Told[]): string[] {
  const head = JSON.stringify(instance)
  const texts: string[] = []
  let parts = head
  let bytes = head.length
  for (const { topic, first, last } of told) {
    const part = JSON.stringify([topic, first, last])
    const size = Buffer.byteLength(part) + 1
    if (bytes + size > MAX_SIGNAL_BYTES && parts !== head) {
      texts.push(`[${parts}]`)
      parts = head
      bytes = head.length
    }
    parts += `,${part}`
    bytes += size
  }
  if (parts !== head) texts.push(`[${parts}]`)
  return texts
}

/** `told` undefined: an instance of another version says something that this one does not understand. */
function readSignal(text: string): { from: unknown; told: Told[] | undefined } {
  const [from, ...entries]: unknown[] = text.startsWith('[') ? JSON.parse(text) : []
  const told = entries.map(toTold)
  return { from, told: told.every((each) => each !== undefined) ? told : undefined }
}

function toTold(entry: unknown): Told | undefined {
  if (!Array.isArray(entry)) return undefined
  const [topic, first, last]: unknown[] = entry
  return typeof topic === 'string' && typeof first === 'number' && typeof last === 'number' ? { topic, first, last } : undefined
}
