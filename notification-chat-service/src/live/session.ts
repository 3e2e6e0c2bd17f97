import { CLOSE_CODES, type ClientFrame, type Role, type Topic } from '@order-flow/contracts'
import { AppError, hasRole, type Identity, type Logger, unreachable } from '@order-flow/service-kit'
import type { RawData } from 'ws'
import type { LiveConfig } from '../config.ts'
import { userTopic } from '../feed-store.ts'
import type { LiveConnection } from './connection.ts'
import type { FeedReader } from './feed-reader.ts'
import { errorText, frameText, readFrame } from './frames.ts'
import { TopicSubscription } from './subscription.ts'
import { fullBucket, type Rate, takeToken } from './token-bucket.ts'
import type { Subscriber, Topics } from './topics.ts'

export interface SessionParts {
  reader: FeedReader
  topics: Topics
  config: LiveConfig
  logger: Logger
  now: () => number
}

const ROLE_NEEDED: Record<Topic, Role | undefined> = { 'user:me': undefined, support: 'agent', orders: 'operator' }
const MAX_BAD_FRAMES = 3
const POLICY_VIOLATION = 1008
const TRY_AGAIN_LATER = 1013
const TRY_AGAIN_IN_MS: [number, number] = [1000, 5000]

/** What one client says, and what it follows. */
export class LiveSession {
  readonly #connection: LiveConnection
  readonly #parts: SessionParts
  readonly #rate: Rate
  readonly #bucket: ReturnType<typeof fullBucket>
  // At most one per topic, of which there are three.
  readonly #following = new Map<Topic, () => void>()
  #badFrames = 0

  constructor(connection: LiveConnection, parts: SessionParts) {
    this.#connection = connection
    this.#parts = parts
    this.#rate = { perSecond: parts.config.framesPerSecond, burst: parts.config.frameBurst }
    this.#bucket = fullBucket(this.#rate, parts.now())
    connection.send(frameText({ type: 'welcome', userId: connection.identity.userId, heartbeatMs: parts.config.heartbeatMs }))
  }

  /** Counts anything the client sent, control frames too; closes with 4429 when it is too much. */
  admit(): boolean {
    this.#connection.heard()
    if (takeToken(this.#bucket, this.#rate, this.#parts.now())) return true
    this.#connection.close(CLOSE_CODES.tooManyFrames, 'Too many frames.')
    return false
  }

  receive(data: RawData, isBinary: boolean): void {
    if (!this.#connection.isOpen || !this.admit() || this.#connection.endExpired(this.#parts.now())) return
    try {
      this.#obey(readFrame(data, isBinary))
    } catch (error) {
      this.#connection.send(errorText(error))
      if (!(error instanceof AppError)) this.#parts.logger.error({ userId: this.#connection.identity.userId, err: error }, 'frame failed')
      else if (error.code === 'invalid') this.#countBadFrame()
    }
  }

  /** Follows nothing any more. */
  end(): void {
    for (const stop of this.#following.values()) stop()
    this.#following.clear()
  }

  #countBadFrame(): void {
    this.#badFrames += 1
    if (this.#badFrames >= MAX_BAD_FRAMES) this.#connection.close(POLICY_VIOLATION, 'Too many malformed frames.')
  }

  #obey(frame: ClientFrame): void {
    switch (frame.type) {
      case 'ping':
        this.#connection.send(frameText({ type: 'pong', n: frame.n }))
        break
      case 'unsubscribe':
        this.#unfollow(frame.topic)
        break
      case 'subscribe':
        checkMayFollow(this.#connection.identity, frame.topic)
        this.#unfollow(frame.topic)
        if (frame.topic === 'orders') this.#followOrders()
        else this.#follow(frame.topic, frame.after)
        break
      default:
        unreachable(frame)
    }
  }

  #unfollow(topic: Topic): void {
    this.#following.get(topic)?.()
    this.#following.delete(topic)
  }

  #follow(topic: 'user:me' | 'support', after: number | undefined): void {
    const { reader, topics, config } = this.#parts
    const feedTopic = topic === 'support' ? topic : userTopic(this.#connection.identity.userId)
    const onFailure = (error: unknown) => this.#fail(topic, error)
    const parts = { sink: this.#connection, reader, topics, pageRows: config.resumePageRows, stallMs: config.resumeStallMs, onFailure }
    const subscription = new TopicSubscription(topic, feedTopic, parts)
    this.#following.set(topic, () => subscription.stop())
    void subscription.start(after)
  }

  #followOrders(): void {
    const { topics } = this.#parts
    const subscriber: Subscriber = { push: (_offset, frame) => this.#connection.send(frame) }
    topics.add('orders', subscriber)
    this.#following.set('orders', () => topics.remove('orders', subscriber))
    this.#connection.send(frameText({ type: 'subscribed', topic: 'orders', offset: 0 }))
  }

  #fail(topic: Topic, error: unknown): void {
    this.#parts.logger.error({ userId: this.#connection.identity.userId, topic, err: error }, 'feed cannot be read')
    this.#connection.bye(TRY_AGAIN_LATER, 'The events cannot be read now.', TRY_AGAIN_IN_MS)
  }
}

/** Who may follow which topic; `user:me` is anybody's own. Errors: `forbidden`. */
function checkMayFollow(identity: Identity, topic: Topic): void {
  const role = ROLE_NEEDED[topic]
  if (role === undefined || hasRole(identity, role)) return
  throw new AppError('forbidden', `The topic ${topic} needs the role ${role}.`, { facts: { topic } })
}
