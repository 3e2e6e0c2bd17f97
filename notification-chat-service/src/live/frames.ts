import { ClientFrame, type ServerFrame, type Topic } from '@order-flow/contracts'
import { AppError, createParser, messageOf, problemOf } from '@order-flow/service-kit'
import type { RawData } from 'ws'

const parse = createParser(ClientFrame, 'The frame')

/** A client's frame. Errors: `invalid` when it is binary, not JSON, or none of the protocol's. */
export function readFrame(data: RawData, isBinary: boolean): ClientFrame {
  if (isBinary) throw new AppError('invalid', 'The frame is binary; this protocol is JSON text.', { problem: 'invalid-frame' })
  let value: unknown
  try {
    value = JSON.parse(data.toString())
  } catch (error) {
    throw new AppError('invalid', `The frame is not JSON: ${messageOf(error)}.`, { cause: error, problem: 'invalid-frame' })
  }
  return parse(value)
}

/** A server's frame as text. */
export function frameText(frame: Exclude<ServerFrame, { type: 'event' }>): string {
  return JSON.stringify(frame)
}

/** An `event` frame around a LiveEvent that is JSON already, so that an event is serialised once for all who get it. */
export function eventText(topic: Topic, offset: number | undefined, eventJson: string): string {
  const place = offset === undefined ? '' : `"offset":${offset},`
  return `{"type":"event","topic":"${topic}",${place}"event":${eventJson}}`
}

/** An `error` frame; what is not an AppError is masked. */
export function errorText(error: unknown): string {
  const known = error instanceof AppError ? error : new AppError('internal', messageOf(error))
  return frameText({ type: 'error', problem: problemOf(known, '/ws') })
}
