import type { DeclineCode } from '@order-flow/contracts'
import type { Queryable, SqlValue, Tx } from '@order-flow/service-kit'

/** One call that the simulated provider has taken, and what it decided. */
export interface LedgerEntry {
  key: string
  kind: 'charge' | 'refund'
  paymentKey: string
  amount: number
  currency: string
  status: 'captured' | 'declined' | 'refunded'
  code: DeclineCode | null
  createdAt: string
  settledAt: string
}

interface LedgerRow {
  key: string
  kind: LedgerEntry['kind']
  payment_key: string
  amount: number
  currency: string
  status: LedgerEntry['status']
  code: DeclineCode | null
  created_at: string
  settled_at: string
}

const COLUMNS = 'key, kind, payment_key, amount, currency, status, code, created_at, settled_at'

/** Enters the calls whose key is new, and answers those keys. A key that is being entered elsewhere is waited for. */
export function enterNew(tx: Tx, entries: readonly LedgerEntry[]): Promise<Set<SqlValue>> {
  return tx.insertNew('provider_ledger', 'key', entries.map(toRow))
}

/** The entries under these keys. */
export async function findEntries(db: Queryable, keys: readonly string[]): Promise<Map<string, LedgerEntry>> {
  const rows = await db.all<LedgerRow>(
    `select ${COLUMNS} from provider_ledger where key in (select r.key from jsonb_to_recordset($1) as r(key text))`,
    [keysJson(keys)],
  )
  return new Map(rows.map((row) => [row.key, toEntry(row)]))
}

/** The charges under these keys, locked: whoever holds them may give their money back. */
export async function lockCharges(tx: Tx, keys: readonly string[]): Promise<Map<string, LedgerEntry>> {
  const rows = await tx.all<LedgerRow>(
    `select ${COLUMNS} from provider_ledger where kind = 'charge' and key in (select r.key from jsonb_to_recordset($1) as r(key text))
     order by key for update`,
    [keysJson(keys)],
  )
  return new Map(rows.map((row) => [row.key, toEntry(row)]))
}

/** What has gone back of each of these charges. */
export async function sumRefunds(db: Queryable, paymentKeys: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.all<{ payment_key: string; refunded: number }>(
    `select payment_key, sum(amount) as refunded from provider_ledger
     where kind = 'refund' and payment_key in (select r.key from jsonb_to_recordset($1) as r(key text)) group by payment_key`,
    [keysJson(paymentKeys)],
  )
  return new Map(rows.map((row) => [row.payment_key, row.refunded]))
}

function keysJson(keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => ({ key })))
}

function toRow({ key, kind, paymentKey, amount, currency, status, code, createdAt, settledAt }: LedgerEntry) {
  return { key, kind, payment_key: paymentKey, amount, currency, status, code, created_at: createdAt, settled_at: settledAt }
}

function toEntry(row: LedgerRow): LedgerEntry {
  const { key, kind, payment_key: paymentKey, amount, currency, status, code, created_at: createdAt, settled_at: settledAt } = row
  return { key, kind, paymentKey, amount, currency, status, code, createdAt, settledAt }
}
