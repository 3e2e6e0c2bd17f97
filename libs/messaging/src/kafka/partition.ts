/** How far a partition has been read and handled by this process, while the group gives it to us. */
export type KafkaPartition = ReturnType<typeof createKafkaPartition>

export function createKafkaPartition(id: number) {
  /** The offset to read next. Undefined: not known yet. */
  let position: bigint | undefined
  /** What the broker has as our progress. */
  let committed: bigint | undefined
  /** Offsets of events that wait or are being handled, ascending. */
  const open = new Set<bigint>()

  return {
    id,
    position: () => position,
    openEvents: () => open.size,
    startAt(offset: bigint): void {
      position = offset
      committed = offset
    },
    /** Everything before `next` has been read, and the events at these offsets are to be handled. */
    read(next: bigint, events: readonly bigint[]): void {
      for (const offset of events) open.add(offset)
      position = next
    },
    handled(offset: bigint): void {
      open.delete(offset)
    },
    /** The offset up to which everything is done, if the broker does not have it yet. */
    progress(): bigint | undefined {
      const [first] = open
      const done = first ?? position
      return done === committed ? undefined : done
    },
    committedUpTo(offset: bigint): void {
      committed = offset
    },
  }
}
