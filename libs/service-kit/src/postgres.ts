import type { Database } from './database.ts'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'

export interface PostgresOptions {
  /** `postgres://role:password@host:port/database` */
  url: string
  /** Holds all tables; the role owns it or may create it. */
  schema: string
  poolSize: number
  statementTimeoutMs: number
  logger: Logger
}

/** Opens a schema of a PostgreSQL server. Connects when first used. */
export function openPostgres({ url }: PostgresOptions): Database {
  throw new AppError('internal', `Not there yet: ${url}.`)
}
