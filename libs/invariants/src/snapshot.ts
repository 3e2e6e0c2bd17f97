import type { EngineName, OffenderRow } from './rule.ts'

/** All databases as they were at one moment. */
export interface Snapshot {
  readonly engine: EngineName
  /** `Row` is what the columns of this very SQL text yield; it is not checked. Parameters are `$1`, `$2` ... */
  all<Row = OffenderRow>(sql: string, params?: readonly (string | number)[]): Promise<Row[]>
  /** Whether there is a table, named `schema.table`. */
  hasTable(name: string): Promise<boolean>
}

/** Where the databases are. */
export interface Source {
  /**
   * Gives one snapshot to `work`. Only reads, and disturbs nobody who writes. Errors: `unavailable` with a sentence when
   * it cannot be read or takes too long.
   */
  read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>
}

/** The schemas, and files of a data folder, that rules speak of. */
export const SCHEMAS = ['order_service', 'inventory_payment_service', 'notification_chat_service'] as const
