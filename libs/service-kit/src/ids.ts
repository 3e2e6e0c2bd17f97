import { v7 } from 'uuid'

/** A new UUIDv7 (RFC 9562): ids of one process rise with time, also within a millisecond. */
export function newId(): string {
  return v7()
}
