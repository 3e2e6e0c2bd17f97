import { type AuditSource, openPostgresSource, openSqliteSource, type Source } from '@order-flow/invariants'

const TIMEOUT_MS = 60_000

/** Opens the services' tables for reading. */
export function openDataSource(data: AuditSource): Source {
  return 'dataDir' in data ? openSqliteSource({ ...data, timeoutMs: TIMEOUT_MS }) : openPostgresSource({ ...data, timeoutMs: TIMEOUT_MS })
}
