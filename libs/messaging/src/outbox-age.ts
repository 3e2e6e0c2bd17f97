import { type Database, type Logger, timeOfId } from '@order-flow/service-kit'

const LOOK_EVERY_MS = 1000

export interface OutboxAge {
  /** Age of the oldest event that is committed and not known to be published, in ms; 0 when there is none. */
  ms(): number
  start(): void
  stop(): void
}

/** Looks every second how long the oldest event of the outbox has waited, whichever process committed it. */
export function createOutboxAge(db: Database, logger: Logger): OutboxAge {
  const oldestFirst = db.shared ? 'position' : 'id'
  let oldestAtMs: number | undefined
  let timer: NodeJS.Timeout | undefined
  let isLooking = false

  async function look(): Promise<void> {
    const [oldest] = await db.all<{ id: string }>(`select id from outbox order by ${oldestFirst} limit 1`)
    oldestAtMs = oldest && timeOfId(oldest.id)
  }

  return {
    ms: () => (oldestAtMs === undefined ? 0 : Math.max(0, Date.now() - oldestAtMs)),
    start() {
      timer = setInterval(() => {
        if (isLooking) return
        isLooking = true
        look()
          .catch((error: unknown) => logger.warn({ err: error }, 'the age of the outbox cannot be read'))
          .finally(() => {
            isLooking = false
          })
      }, LOOK_EVERY_MS)
    },
    stop: () => clearInterval(timer),
  }
}
