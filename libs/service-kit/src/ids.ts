import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

const MAX_SEQUENCE = 0xffff_ffff
// Asking the system for a few bytes each time costs ten times the rest of making an id.
const pool = Buffer.alloc(4096)
let used = pool.length
let lastMs = 0
let sequence = 0

/** A new UUIDv7 (RFC 9562): ids of one process rise strictly with time, also within a millisecond. */
export function newId(): string {
  const nowMs = Date.now()
  const random = randomBytes(16)
  if (nowMs > lastMs) {
    lastMs = nowMs
    // Half the range is left to count upwards within the millisecond.
    sequence = random.readUInt32BE(0) >>> 1
  } else if (sequence < MAX_SEQUENCE) {
    sequence += 1
  } else {
    lastMs += 1
    sequence = 0
  }
  return v7({ msecs: lastMs, seq: sequence, random })
}

/** The smallest UUIDv7 of that time: every id made before is smaller. */
export function smallestIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

/** When a UUIDv7 was made, in ms since 1970. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** `bytes` (1 to 64) random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

function randomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += count
  return pool.subarray(used - count, used)
}
