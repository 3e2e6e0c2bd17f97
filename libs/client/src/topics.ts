import type { ClientFrame, LiveEvent, Topic } from '@order-flow/contracts'
import { judge, type TopicFeed, type TopicFrame } from './topic-feed.ts'

/** One event, in order within its topic; `offset` is undefined for a topic without offsets. */
export interface LiveArrival {
  topic: Topic
  offset: number | undefined
  event: LiveEvent
}

interface TopicsOptions {
  onEvent: (arrival: LiveArrival) => void
  onReload: ((topic: Topic) => void) | undefined
  send: (frame: ClientFrame) => void
}

/** The topics of a live connection and how far each has been applied; they outlive the sockets. */
export function createTopics({ onEvent, onReload, send }: TopicsOptions) {
  const feeds = new Map<Topic, TopicFeed>()

  function subscribe({ topic, after }: TopicFeed) {
    send(after === undefined ? { type: 'subscribe', topic } : { type: 'subscribe', topic, after })
  }

  return {
    add(topic: Topic, after: number | undefined, isLive: boolean) {
      if (feeds.has(topic)) return
      const feed: TopicFeed = { topic, after, hole: 'none' }
      feeds.set(topic, feed)
      if (isLive) subscribe(feed)
    },
    remove(topic: Topic, isLive: boolean) {
      if (feeds.delete(topic) && isLive) send({ type: 'unsubscribe', topic })
    },
    /** On a new socket: goes on where the last one ended. */
    subscribeAll() {
      for (const feed of feeds.values()) {
        feeds.set(feed.topic, { ...feed, hole: 'none' })
        subscribe(feed)
      }
    },
    onFrame(frame: TopicFrame) {
      const before = feeds.get(frame.topic)
      if (!before) return
      const { feed, apply, reload, resubscribe } = judge(before, frame)
      if (apply) onEvent({ topic: feed.topic, offset: frame.offset, event: apply })
      // The handler may have unsubscribed.
      if (feeds.has(feed.topic)) feeds.set(feed.topic, feed)
      if (reload) onReload?.(feed.topic)
      if (resubscribe) subscribe(feed)
    },
  }
}
