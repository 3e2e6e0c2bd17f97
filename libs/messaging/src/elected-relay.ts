import { backoffMs, createPace, type Leadership, withTimeout } from '@order-flow/service-kit'
import { pauseOrAbort } from './delivery-queue.ts'
import type { Relay, RelayOptions } from './outbox.ts'
import { createOutboxFloor } from './outbox-floor.ts'
import { createOutboxWindow, type OutboxRow, type OutboxWindow } from './outbox-window.ts'

const CHANNEL = 'outbox'
const DEFAULT_MAX_IN_FLIGHT = 2000
const DEFAULT_MAX_BATCH = 500
/** A look without a hint: hints may be lost. */
const IDLE_LOOK_MS = 200
/** Confirmed rows are deleted together; a crash before that only publishes them again. */
const DELETE_DELAY_MS = 100
const STOP_TIMEOUT_MS = 2000

/**
 * The relay of a database that several processes share: one of them, elected, publishes what all have committed, in the
 * order of the positions; the others only tell it that there is something. When it dies another takes over and publishes
 * again what was not yet deleted. An event is given to the broker once the one before it of the same key is confirmed.
 */
export function createElectedRelay(options: RelayOptions): Relay {
  const { db } = options
  let leader: Leader | undefined
  let leadership: Leadership | undefined
  let stopListening: () => void = () => undefined

  return {
    committed() {
      if (leader) leader.nudge()
      else db.signal(CHANNEL, '')
    },
    waiting: () => leader?.waiting() ?? 0,
    start() {
      stopListening = db.listen(CHANNEL, () => leader?.nudge())
      leadership = db.lead('outbox-relay', async (lost) => {
        leader = createLeader(options, lost)
        try {
          await leader.run()
        } finally {
          leader = undefined
        }
      })
    },
    async stop() {
      stopListening()
      await leadership?.stop()
    },
  }
}

type Leader = ReturnType<typeof createLeader>

/** One term of leadership. */
function createLeader(
  { db, broker, logger, maxInFlight = DEFAULT_MAX_IN_FLIGHT, maxBatch = DEFAULT_MAX_BATCH }: RelayOptions,
  lost: AbortSignal,
) {
  const window = createOutboxWindow()
  const floorNow = createOutboxFloor(db)
  const deletions = createDeletions({ db, logger }, window)
  const pace = createPace()
  let inFlight = 0
  let failures = 0
  let hinted = false
  let wake: () => void = () => undefined

  function nudge(): void {
    hinted = true
    wake()
  }

  async function run(): Promise<void> {
    lost.addEventListener('abort', () => wake())
    while (!lost.aborted) {
      try {
        await round()
      } catch (error) {
        failures += 1
        logger.error({ err: error }, 'outbox cannot be read')
      }
    }
    await withTimeout(settle(), STOP_TIMEOUT_MS, 'The broker did not answer for what was published').catch((error: unknown) =>
      logger.warn({ err: error }, 'outbox relay ends with events in flight; they are published again'),
    )
    await deletions
      .run()
      .catch((error: unknown) => logger.warn({ err: error }, 'confirmed events stay in the outbox; they are published again'))
    deletions.stop()
  }

  async function round(): Promise<void> {
    if (failures > 0) await pauseOrAbort(backoffMs(failures, 50, 10_000), lost)
    if (inFlight + maxBatch > maxInFlight) return idle()
    const batch = await pace.turn(() => false, takeBatch)
    if (batch.length > 0) publish(batch)
    else if (!hinted) await idle()
  }

  async function takeBatch(): Promise<OutboxRow[]> {
    if (lost.aborted) return []
    hinted = false
    return window.take(await look(), maxBatch)
  }

  async function look(): Promise<OutboxRow[]> {
    const floor = await floorNow(performance.now())
    return db.all<OutboxRow>(
      `select position, id, type, partition_key as "partitionKey", event as body from outbox
       where position > $1 and position <> all ($2::bigint[]) order by position limit $3`,
      // Twice as many: some may wait for others of their key.
      [floor, `{${window.beginLook().join(',')}}`, 2 * maxBatch],
    )
  }

  function publish(batch: readonly OutboxRow[]): void {
    inFlight += batch.length
    broker
      .publish(batch)
      .then(
        () => {
          failures = 0
          window.confirm(batch)
          deletions.add(batch.map(({ position }) => position))
        },
        (error: unknown) => {
          failures += 1
          window.giveBack(batch)
          if (!lost.aborted) logger.warn({ events: batch.length, err: error }, 'publishing failed, trying again')
        },
      )
      .finally(() => {
        inFlight -= batch.length
        wake()
      })
  }

  /** Until a hint, an answer of the broker, or some time has passed. */
  function idle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, IDLE_LOOK_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function settle(): Promise<void> {
    while (inFlight > 0) await new Promise<void>((resolve) => (wake = resolve))
  }

  return { run, nudge, waiting: () => window.size() }
}

/** Deletes confirmed rows from the table, together. */
function createDeletions({ db, logger }: Pick<RelayOptions, 'db' | 'logger'>, window: OutboxWindow) {
  let positions: number[] = []
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  function add(more: readonly number[]): void {
    for (const position of more) positions.push(position)
    schedule(DELETE_DELAY_MS)
  }

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => {
      timer = undefined
      run().catch((error: unknown) => {
        logger.warn({ err: error }, 'confirmed events cannot be removed from the outbox, trying again')
        schedule(backoffMs(4))
      })
    }, delayMs)
  }

  /** Rejects when they could not be deleted; they are tried again with the next. */
  async function run(): Promise<void> {
    while (running) await running.catch(() => undefined)
    const batch = positions
    positions = []
    if (batch.length === 0) return
    running = remove(batch).finally(() => {
      running = undefined
    })
    await running
  }

  async function remove(batch: number[]): Promise<void> {
    try {
      await db.transaction((tx) => tx.run('delete from outbox where position = any ($1::bigint[])', [`{${batch.join(',')}}`]))
      window.forget(batch)
    } catch (error) {
      positions = [...batch, ...positions]
      throw error
    }
  }

  return { add, run, stop: () => clearTimeout(timer) }
}
