import type { CloudEvent, EventData, EventType } from '@order-flow/contracts'
import { newId } from '@order-flow/service-kit'

export interface EventFacts<T extends EventType> {
  type: T
  /** Id of the aggregate the event is about. */
  subject: string
  /** Events with the same key are delivered in order. Default: the subject. */
  partitionKey?: string
  data: EventData<T>
  /** The event or request that caused it. */
  cause?: { id?: string; correlationid?: string; traceparent?: string }
  /** When it happened. */
  at: Date
}

/** Makes a CloudEvents 1.0 event with a new id. `source` is the name of the service that states it. */
export function createEvent<T extends EventType>(source: string, facts: EventFacts<T>): CloudEvent<T> {
  const { type, subject, data, cause, at } = facts
  return {
    specversion: '1.0',
    id: newId(),
    source: `/orderflow/${source}`,
    type,
    subject,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    partitionkey: facts.partitionKey ?? subject,
    correlationid: cause?.correlationid ?? subject,
    ...(cause?.id !== undefined && { causationid: cause.id }),
    ...(cause?.traceparent !== undefined && { traceparent: cause.traceparent }),
    data,
  } as CloudEvent<T> // T is generic here, so the compiler cannot pick the union's member
}
