import type { Topic } from '@order-flow/contracts'
import type { FeedRow } from '../feed-store.ts'
import type { FeedReader } from './feed-reader.ts'
import { eventText, frameText } from './frames.ts'
import { afterPage, onPush, onRead, type Progress, STARTING, startFrom } from './resume.ts'
import type { Subscriber, Topics } from './topics.ts'

/** Where frames go. */
export interface FrameSink {
  isOpen: boolean
  send(frame: string): void
  /** The outgoing buffer holds enough for now. */
  isFull: boolean
  /** Resolves when there is room again, or the sink is closed (after `stallMs` without room it closes itself). */
  roomAgain(stallMs: number): Promise<void>
}

export interface SubscriptionParts {
  sink: FrameSink
  reader: FeedReader
  topics: Topics
  pageRows: number
  stallMs: number
  /** Reading failed: the client must connect again. */
  onFailure: (error: unknown) => void
}

/** One socket's subscription to one topic with offsets: first what was missed, from the feed, then live. */
export class TopicSubscription implements Subscriber {
  readonly #topic: Topic
  readonly #feedTopic: string
  readonly #parts: SubscriptionParts
  #progress: Progress = STARTING
  #stopped = false

  constructor(topic: Topic, feedTopic: string, parts: SubscriptionParts) {
    this.#topic = topic
    this.#feedTopic = feedTopic
    this.#parts = parts
  }

  /** Answers `subscribed`, perhaps `gap`, then sends what is above `after`. Resolves when it is live; never rejects. */
  async start(after: number | undefined): Promise<void> {
    // Before the first look at the feed, so that no commit falls between the look and the listening.
    this.#parts.topics.add(this.#feedTopic, this)
    await this.#guard(async () => {
      const bounds = await this.#parts.reader.bounds(this.#feedTopic)
      if (this.#isOver) return
      const { progress, gap } = startFrom(this.#progress, after, bounds)
      this.#progress = progress
      this.#parts.sink.send(frameText({ type: 'subscribed', topic: this.#topic, offset: bounds.head }))
      if (gap) this.#parts.sink.send(frameText({ type: 'gap', topic: this.#topic, offset: bounds.head }))
      if (progress.reading) await this.#read()
    })
  }

  push(offset: number | undefined, frame: string): void {
    const { progress, verdict } = onPush(this.#progress, offset ?? 0)
    this.#progress = progress
    if (verdict === 'send') this.#parts.sink.send(frame)
    if (verdict === 'read') void this.#guard(() => this.#read())
  }

  stop(): void {
    this.#stopped = true
    this.#parts.topics.remove(this.#feedTopic, this)
  }

  get #isOver(): boolean {
    return this.#stopped || !this.#parts.sink.isOpen
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!this.#isOver) this.#parts.onFailure(error)
    }
  }

  async #read(): Promise<void> {
    const { reader, pageRows } = this.#parts
    while (!this.#isOver) {
      const knownWhenAsked = this.#progress.known
      const page = await reader.after(this.#feedTopic, { after: this.#progress.sent, limit: pageRows })
      if (!(await this.#sendPage(page))) {
        await this.#skipHole()
        continue
      }
      const { progress, next } = afterPage(this.#progress, { rows: page.length, limit: pageRows, knownWhenAsked })
      this.#progress = progress
      if (next === 'live') return
      if (next === 'gap') await this.#skipHole()
      // SQLite answers at once; without this, a long resume would keep the event loop to itself.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Answers false at a hole. */
  async #sendPage(page: readonly FeedRow[]): Promise<boolean> {
    const { sink, stallMs } = this.#parts
    for (const { position, event } of page) {
      if (this.#isOver) return true
      const { progress, hole } = onRead(this.#progress, position)
      if (hole) return false
      this.#progress = progress
      sink.send(eventText(this.#topic, position, event))
      if (sink.isFull) await sink.roomAgain(stallMs)
    }
    return true
  }

  async #skipHole(): Promise<void> {
    const { head } = await this.#parts.reader.bounds(this.#feedTopic)
    if (this.#isOver) return
    // The next page is read after this look, so it will show whatever has been pushed meanwhile.
    this.#progress = { sent: head, known: head, reading: true }
    this.#parts.sink.send(frameText({ type: 'gap', topic: this.#topic, offset: head }))
  }
}
