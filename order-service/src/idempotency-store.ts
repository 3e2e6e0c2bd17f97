import type { Queryable, Tx } from '@order-flow/service-kit'

/** A request that was granted: who sent which key with what, and the order it made or changed. */
export interface IdempotencyRecord {
  ownerId: string
  key: string
  fingerprint: string
  orderId: string
}

/** The records of those keys that are known, by `recordName`. */
export async function findRecords(
  db: Queryable,
  keys: readonly { ownerId: string; key: string }[],
): Promise<Map<string, IdempotencyRecord>> {
  const rows = await db.all<IdempotencyRecord>(
    `select k.owner_id as "ownerId", k.key as key, k.fingerprint as fingerprint, k.order_id as "orderId"
     from jsonb_to_recordset($1) as r(owner_id text, key text) join idempotency_keys k on k.owner_id = r.owner_id and k.key = r.key`,
    [JSON.stringify(keys.map(({ ownerId, key }) => ({ owner_id: ownerId, key })))],
  )
  return new Map(rows.map((row) => [recordName(row), row]))
}

export async function insertRecords(tx: Tx, records: readonly IdempotencyRecord[], createdAt: string): Promise<void> {
  await tx.insert(
    'idempotency_keys',
    records.map(({ ownerId, key, fingerprint, orderId }) => ({
      owner_id: ownerId,
      key,
      fingerprint,
      order_id: orderId,
      created_at: createdAt,
    })),
  )
}

export async function removeOlderThan(tx: Tx, createdAt: string): Promise<number> {
  return tx.run('delete from idempotency_keys where created_at < $1', [createdAt])
}

/** One text for owner and key. */
export function recordName({ ownerId, key }: { ownerId: string; key: string }): string {
  return `${ownerId}\n${key}`
}
