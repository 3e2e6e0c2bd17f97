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
}

/** Makes topics that nobody follows yet. Bounded by the sockets there are, each of which follows a topic at most once. */
export function createTopics(): Topics {
  const subscribers = new Map<string, Set<Subscriber>>()
  return {
    add(topic, subscriber) {
      const members = subscribers.get(topic)
      if (members) members.add(subscriber)
      else subscribers.set(topic, new Set([subscriber]))
    },
    remove(topic, subscriber) {
      const members = subscribers.get(topic)
      members?.delete(subscriber)
      if (members?.size === 0) subscribers.delete(topic)
    },
    publish(topic, offset, eventJson) {
      const members = subscribers.get(topic)
      if (!members) return false
      const frame = eventText(wireTopic(topic), offset, eventJson)
      for (const subscriber of members) subscriber.push(offset, frame)
      return true
    },
  }
}

/** A feed's topic as its subscribers name it. */
export function wireTopic(topic: string): Topic {
  return topic === 'support' || topic === 'orders' ? topic : 'user:me'
}
