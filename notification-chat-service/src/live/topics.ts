import type { Topic } from '@order-flow/contracts'
import { eventText } from './frames.ts'

/** Something that is sent a topic's events: `offset` is undefined for a topic without offsets. */
export interface Subscriber {
  push(offset: number | undefined, frame: string): void
}

/** Who follows what on this instance. */
export interface Topics {
  add(topic: string, subscriber: Subscriber): void
  remove(topic: string, subscriber: Subscriber): void
  /** Hands an event to those who follow the topic, one frame for all of them. Answers whether there was anybody. */
  publish(topic: string, offset: number | undefined, eventJson: string): boolean
  isFollowed(topic: string): boolean
  /** The highest offset that has been published since the topic is followed; undefined: none, or nobody follows it. */
  lastPublished(topic: string): number | undefined
  /** Every topic that is followed. */
  followed(): Iterable<string>
}

interface Following {
  subscribers: Set<Subscriber>
  last: number | undefined
}

/** Makes topics that nobody follows yet. Bounded by the sockets there are, each of which follows a topic at most once. */
export function createTopics(): Topics {
  const followings = new Map<string, Following>()
  return {
    add(topic, subscriber) {
      const following = followings.get(topic)
      if (following) following.subscribers.add(subscriber)
      else followings.set(topic, { subscribers: new Set([subscriber]), last: undefined })
    },
    remove(topic, subscriber) {
      const following = followings.get(topic)
      following?.subscribers.delete(subscriber)
      if (following?.subscribers.size === 0) followings.delete(topic)
    },
    publish(topic, offset, eventJson) {
      const following = followings.get(topic)
      if (!following) return false
      if (offset !== undefined) following.last = Math.max(following.last ?? 0, offset)
      const frame = eventText(wireTopic(topic), offset, eventJson)
      for (const subscriber of following.subscribers) subscriber.push(offset, frame)
      return true
    },
    isFollowed: (topic) => followings.has(topic),
    lastPublished: (topic) => followings.get(topic)?.last,
    followed: () => followings.keys(),
  }
}

/** A feed's topic as its subscribers name it. */
export function wireTopic(topic: string): Topic {
  return topic === 'support' || topic === 'orders' ? topic : 'user:me'
}
