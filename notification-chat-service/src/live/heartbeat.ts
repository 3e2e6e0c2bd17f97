/** Something that is looked at once per heartbeat. */
export interface Beating {
  beat(nowMs: number): void
}

const SLOTS = 20

/**
 * Beats each member once per interval, a twentieth of them at a time, so that thousands of sockets are not pinged at
 * once. `add` answers how to take the member out again.
 */
export function createHeartbeat(intervalMs: number, now: () => number) {
  const slots = Array.from({ length: SLOTS }, () => new Set<Beating>())
  let added = 0
  let turn = 0
  const timer = setInterval(() => {
    turn = (turn + 1) % SLOTS
    const nowMs = now()
    for (const member of slots[turn] ?? []) member.beat(nowMs)
  }, intervalMs / SLOTS)

  return {
    add(member: Beating): () => void {
      added += 1
      const slot = slots[added % SLOTS]
      slot?.add(member)
      return () => slot?.delete(member)
    },
    stop: () => clearInterval(timer),
  }
}
