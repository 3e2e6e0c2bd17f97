export {
  bearerToken,
  createTokenVerifier,
  hasRole,
  type Identity,
  identityOf,
  requireRole,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './authentication.ts'
export { backoffMs } from './backoff.ts'
export { type Batcher, type BatcherOptions, createBatcher, createPace, overloaded, type Pace } from './batcher.ts'
export { CommonConfig } from './common-config.ts'
export { type ConfigSource, checkConfig, loadConfig, mergeTrees } from './config.ts'
export { createDatabase } from './create-database.ts'
export { type Database, type Leadership, migrate, migrateScripts, type Queryable, type SqlRow, type SqlValue, type Tx } from './database.ts'
export { AppError, type ErrorCode, type ErrorOptions, messageOf, unreachable } from './errors.ts'
export { createHealth, type Health, type HealthCheck, type HealthReport } from './health.ts'
export { createHttpServer, type HttpServer, type HttpServerParts, headerOf, type RequestTaker, takeRequests } from './http-server.ts'
export { idempotencyKeyOf } from './idempotency-key.ts'
export { newId, randomHex, smallestIdAt, timeOfId } from './ids.ts'
export { type Closer, createCloser, withTimeout } from './lifecycle.ts'
export { createLogger, type Logger, silentLogger } from './logger.ts'
export { Counter, createMetrics, Gauge, Histogram, type Metrics } from './metrics.ts'
export { openDatabase } from './open-database.ts'
export { onParentGone, type ProcessMessage } from './parent-process.ts'
export { openPostgres, type PostgresOptions } from './postgres.ts'
export { problemOf, sendProblem } from './problem.ts'
export { readVariable, SETTINGS } from './process-settings.ts'
export { type PostgresLogin, type ProvisionOptions, provisionPostgres, urlFor } from './provision-postgres.ts'
export { type RunningPart, runProcess } from './run-process.ts'
export { projectVersion, type Runnable, runService } from './run-service.ts'
export { readSeedFile } from './seed-file.ts'
export { advertisedHost, listenOn, openService, type Service, type ServiceEnvironment } from './service.ts'
export { openSqlite, toSqlite } from './sqlite.ts'
export { continueTrace, traceIdOf } from './trace.ts'
export { bodyAjv, createParser, describeErrors, textAjv } from './validation.ts'
