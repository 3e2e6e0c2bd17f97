import type { CloudEvent, EventType } from '@order-flow/contracts'
import { AppError } from '@order-flow/service-kit'

/** An event on its way: what routing needs, and the whole CloudEvent as JSON. Serialised once, at its statement. */
export interface Message {
  id: string
  type: EventType
  partitionKey: string
  body: string
}

export function toMessage(event: CloudEvent): Message {
  return { id: event.id, type: event.type, partitionKey: event.partitionkey, body: JSON.stringify(event) }
}

/** Reads what a message queue delivered. Errors: `invalid` when it is no CloudEvent of ours; its data is checked by the inbox. */
export function parseMessage(body: string): CloudEvent {
  return toCloudEvent(parseJson(body))
}

/** Reads one CloudEvent, or several of them (CloudEvents' JSON format 1.0, section 4: a batch is an array). Errors: as `parseMessage`. */
export function parseMessages(body: string): CloudEvent[] {
  const value = parseJson(body)
  return Array.isArray(value) ? value.map(toCloudEvent) : [toCloudEvent(value)]
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new AppError('invalid', 'The message is not JSON.', { cause: error })
  }
}

function toCloudEvent(value: unknown): CloudEvent {
  if (isCloudEvent(value)) return value
  throw new AppError('invalid', 'The message is no CloudEvent with id, type, subject, time, partitionkey and data.')
}

const TEXT_ATTRIBUTES = ['id', 'type', 'subject', 'time', 'partitionkey'] as const

function isCloudEvent(value: unknown): value is CloudEvent {
  if (typeof value !== 'object' || value === null) return false
  const attributes = value as Record<string, unknown> // any object can be read so
  return (
    TEXT_ATTRIBUTES.every((name) => typeof attributes[name] === 'string') && typeof attributes.data === 'object' && attributes.data !== null
  )
}
