import type { Socket } from 'node:net'

/** What goes wrong in one direction of a line. */
export interface LaneFaults {
  /** Every byte arrives so much later, ms. */
  delayMs?: number
  /** No more than so many bytes a second; what the system hands over at once (at most 64 KiB) stays together. */
  bytesPerSecond?: number
  /**
   * Nothing arrives, not even that the other side has gone. `held`: it arrives once this is over, as TCP sends again
   * after a partition. `swallowed`: it is lost, so a connection that lost something cannot go on (see `hasLost`).
   */
  flow?: 'held' | 'swallowed'
}

export interface Lane {
  /** The faults have changed: what waits may have to go now. */
  look(): void
  /** True when bytes were swallowed. */
  hasLost(): boolean
}

/** What a lane holds before it stops reading; then the sender feels that nothing gets through. */
const MAX_QUEUED_BYTES = 262_144

/** Carries what `from` says to `to`, as the faults of the moment have it. The end of `from` is carried over too. */
export function createLane(from: Socket, to: Socket, faults: () => LaneFaults): Lane {
  const queue: { chunk: Buffer; dueAtMs: number }[] = []
  let queuedBytes = 0
  let freeAtMs = 0
  let timer: NodeJS.Timeout | undefined
  let isBlocked = false
  let hasEnded = false
  let isGone = false
  let lost = false

  function take(chunk: Buffer): void {
    const { delayMs = 0, flow } = faults()
    if (flow === 'swallowed') {
      lost = true
      return
    }
    queue.push({ chunk, dueAtMs: performance.now() + delayMs })
    queuedBytes += chunk.length
    if (queuedBytes >= MAX_QUEUED_BYTES) from.pause()
    look()
  }

  function look(): void {
    clearTimeout(timer)
    while (!isBlocked && faults().flow === undefined) {
      const head = queue[0]
      if (!head) {
        carryEnd()
        return
      }
      const waitMs = Math.max(head.dueAtMs, freeAtMs) - performance.now()
      if (waitMs > 0) {
        timer = setTimeout(look, waitMs)
        return
      }
      send(head.chunk)
    }
  }

  function send(chunk: Buffer): void {
    queue.shift()
    queuedBytes -= chunk.length
    if (queuedBytes < MAX_QUEUED_BYTES) from.resume()
    const { bytesPerSecond } = faults()
    if (bytesPerSecond !== undefined) freeAtMs = performance.now() + (chunk.length / bytesPerSecond) * 1000
    if (!to.destroyed) isBlocked = !to.write(chunk)
  }

  function carryEnd(): void {
    if (isGone) to.destroy()
    else if (hasEnded) to.end()
  }

  from.on('data', take)
  from.on('end', () => {
    hasEnded = true
    look()
  })
  from.on('error', () => undefined) // 'close' follows
  from.on('close', () => {
    isGone = true
    look()
  })
  to.on('drain', () => {
    isBlocked = false
    look()
  })
  to.on('close', () => {
    clearTimeout(timer)
    queue.length = 0
    queuedBytes = 0
    isBlocked = false
    from.resume()
  })
  return { look, hasLost: () => lost }
}
