import type { Percentiles } from '../latency.ts'
import { createLatency } from '../latency.ts'
import type { OrderSample } from './ledger.ts'

/** What lies between an order and its notification, in order: each stage begins where the one before ended. */
export const STAGES = ['receive', 'publish', 'pay', 'confirm', 'store', 'push'] as const
export type Stage = (typeof STAGES)[number]

/** Latencies by stage, in ms, of a sample of the orders; `accept`, to the answer, runs beside the stages after `receive`. */
export type StageTimes = Record<Stage | 'accept' | 'total', Percentiles>

/** Where the services' tables are read, named `schema.table`. */
export interface Tables {
  all<Row>(sql: string, params: readonly string[]): Promise<Row[]>
}

interface Row {
  id: string
  placed_at: string
  payment_id: string
  settled_at: string
  decided_at: string
  stored_at: string
}

// The notification that told of an order is found by its offset: the feed has no index by order.
const MOMENTS = `select r.id, o.placed_at, c.payment_id, c.updated_at as settled_at, h.at as decided_at, f.stored_at
  from jsonb_to_recordset($1) as r(id text, "offset" bigint)
  join order_service.orders o on o.id = r.id
  join order_service.order_events h on h.order_id = r.id and h.version = o.version
  join inventory_payment_service.checkouts c on c.order_id = r.id
  join notification_chat_service.feed f on f.topic = 'user:' || o.customer_id and f.position = r."offset"
  where o.status = 'confirmed'`

/**
 * Reads when the services noted what of the sampled orders; undefined when none of them is found. All clocks are this
 * machine's: `wallMs` turns this process's monotonic time into ms since 1970. The services note whole milliseconds.
 */
export async function readStages(
  tables: Tables,
  samples: readonly OrderSample[],
  wallMs: (monotonicMs: number) => number,
): Promise<StageTimes | undefined> {
  const rows = await tables.all<Row>(MOMENTS, [JSON.stringify(samples.map(({ orderId, offset }) => ({ id: orderId, offset })))])
  if (rows.length === 0) return undefined
  const names = [...STAGES, 'accept', 'total'] as const
  const latencies = new Map(names.map((name) => [name, createLatency()]))
  const sampleOf = new Map(samples.map((sample) => [sample.orderId, sample]))
  for (const row of rows) {
    const sample = sampleOf.get(row.id)
    if (!sample) continue
    const moments = [
      wallMs(sample.dueMs),
      Date.parse(row.placed_at),
      timeOfId(row.payment_id),
      Date.parse(row.settled_at),
      Date.parse(row.decided_at),
      Date.parse(row.stored_at),
      wallMs(sample.toldMs),
    ]
    for (const [index, stage] of STAGES.entries()) latencies.get(stage)?.record((moments[index + 1] ?? 0) - (moments[index] ?? 0))
    latencies.get('accept')?.record(sample.answeredMs - sample.dueMs)
    latencies.get('total')?.record(sample.toldMs - sample.dueMs)
  }
  return Object.fromEntries(Array.from(latencies, ([name, latency]) => [name, latency.percentiles()])) as StageTimes // made of all names
}

/** When a UUIDv7 was made, in ms since 1970: a payment gets its id when the order's stock has been promised. */
function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
