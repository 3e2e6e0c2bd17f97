import type { OffenderRow } from './rule.ts'
import type { Snapshot } from './snapshot.ts'

/** An order that a client was told is accepted. */
export interface AcceptedOrder {
  /** The Idempotency-Key it was placed with. */
  key: string
  orderId: string
  /** Minor units. */
  total: number
  /** The answer's body as it came, when repeats are to be equal to the byte. */
  body?: string
}

/** What clients did, by their own record. */
export interface ClientRecord {
  /** One entry for each answer 201; several of one key when it was sent again. */
  accepted: readonly AcceptedOrder[]
  /** Every key that was ever sent, when nobody else used the shop. */
  sentKeys?: readonly string[]
}

export interface HistoryRule {
  id: string
  rule: string
  offenders(record: ClientRecord, snapshot: Snapshot): Promise<OffenderRow[]>
}

const CHUNK = 20_000

/** What must hold between what clients were told and what there is. */
export const HISTORY_RULES: readonly HistoryRule[] = [
  {
    id: 'I9',
    rule: 'every order that a client was told is accepted exists, with that key and total',
    offenders: findMissing,
  },
  {
    id: 'I14',
    rule: 'one key is one order, and a repeated request gets the same answer',
    offenders: async ({ accepted }) => findAmbiguous(accepted),
  },
  {
    id: 'I9',
    rule: 'there is no order that no client asked for',
    offenders: findUnexpected,
  },
]

async function findMissing({ accepted }: ClientRecord, snapshot: Snapshot): Promise<OffenderRow[]> {
  const found: OffenderRow[] = []
  for (let from = 0; from < accepted.length; from += CHUNK) {
    const rows = accepted.slice(from, from + CHUNK).map(({ key, orderId, total }) => ({ key, id: orderId, total }))
    const offenders = await snapshot.all(
      `select r.id as order_id, r.key, r.total as told, o.total, k.order_id as by_key
       from jsonb_to_recordset($1) as r(id text, key text, total bigint)
       left join order_service.orders o on o.id = r.id
       left join order_service.idempotency_keys k on k.order_id = r.id and k.key = r.key
       where o.id is null or o.total <> r.total or k.order_id is null limit 100`,
      [JSON.stringify(rows)],
    )
    found.push(...offenders)
  }
  return found
}

function findAmbiguous(accepted: readonly AcceptedOrder[]): OffenderRow[] {
  const found: OffenderRow[] = []
  const byKey = new Map<string, AcceptedOrder>()
  const keyOf = new Map<string, string>()
  for (const answer of accepted) {
    const { key, orderId, body } = answer
    const first = byKey.get(key) ?? answer
    byKey.set(key, first)
    const owner = keyOf.get(orderId) ?? key
    keyOf.set(orderId, owner)
    if (first.orderId !== orderId) found.push({ key, order_id: first.orderId, other_order: orderId })
    else if (owner !== key) found.push({ order_id: orderId, key: owner, other_key: key })
    else if (first.body !== undefined && body !== undefined && first.body !== body)
      found.push({ key, order_id: orderId, what: 'answers differ' })
  }
  return found
}

async function findUnexpected({ sentKeys }: ClientRecord, snapshot: Snapshot): Promise<OffenderRow[]> {
  if (!sentKeys) return []
  const sent = new Set(sentKeys)
  const kept = await snapshot.all<{ key: string; order_id: string }>('select key, order_id from order_service.idempotency_keys')
  return kept.filter(({ key }) => !sent.has(key)).map(({ key, order_id }) => ({ order_id, key }))
}
