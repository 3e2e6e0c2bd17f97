import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role } from '@order-flow/contracts'
import { createEurekaClient } from '@order-flow/eureka-client'
import type { Identity, TokenVerifier } from './authentication.ts'
import type { CommonConfig } from './common-config.ts'
import { AppError } from './errors.ts'
import { createHealth } from './health.ts'
import { createHttpServer } from './http-server.ts'
import { createCloser } from './lifecycle.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { listenOn, type Service } from './service.ts'

/** A verifier for tests of doors: the token `<userId>:<role>,<role>` is that user. */
export const testTokens: TokenVerifier = {
  async verify(token): Promise<Identity> {
    const [userId, roles] = token.split(':')
    if (!userId || !roles) throw new AppError('unauthorized', 'The access token is not valid or has expired; sign in again.')
    return { userId, roles: roles.split(',') as Role[] } // tests write roles by hand
  },
}

export interface TestServiceParts {
  /** A folder that the test owns, to open a service again with its data. Default: a new one that `stop()` removes. */
  dataDir?: string
}

const COMMON_CONFIG: CommonConfig = {
  server: { address: '127.0.0.1', port: 0 },
  eureka: {
    // Nothing listens there, and nothing asks: a test service finds nobody and registers nowhere.
    client: { serviceUrl: { defaultZone: 'http://127.0.0.1:1/eureka' }, registryFetchIntervalSeconds: 30 },
    instance: { hostname: '', leaseRenewalIntervalInSeconds: 30, leaseExpirationDurationInSeconds: 90 },
  },
  database: { url: '', schema: '', poolSize: 4, statementTimeoutMs: 10_000 },
  messaging: { broker: 'in-process', url: '', namespace: 'order-flow', shards: 4, groups: [] },
}

/**
 * A service without config server and registry, for tests of a service as a whole: real HTTP server (a free port of
 * the loopback after `start()`, or `http.inject` without), health, metrics and closer; no log; tokens are `testTokens`.
 * `config` is what the service's own schema makes of its settings (`checkConfig` fills defaults).
 */
export function createTestService<C>(name: string, config: C, parts: TestServiceParts = {}): Service<C> {
  const dataDir = parts.dataDir ?? mkdtempSync(join(tmpdir(), 'order-flow-'))
  const closer = createCloser()
  if (parts.dataDir === undefined) closer.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const health = createHealth()
  const metrics = createMetrics(name)
  const http = createHttpServer({ name, version: 'test', logger: silentLogger, health, metrics })
  const discovery = createEurekaClient({ client: { serviceUrl: COMMON_CONFIG.eureka.client.serviceUrl } })

  async function listen(): Promise<string> {
    const url = await listenOn(http, '127.0.0.1', 0)
    closer.defer(() => http.close())
    closer.defer(() => health.startStopping())
    return url
  }

  return {
    name,
    config: { ...COMMON_CONFIG, ...config },
    dataDir,
    logger: silentLogger,
    closer,
    health,
    metrics,
    http,
    discovery,
    tokens: testTokens,
    start: listen,
    listen,
    stop: () => closer.close(),
  }
}
