import { join } from 'node:path'
import { createTokenVerifier, type Database, openDatabase, type Service } from '@order-flow/service-kit'
import { createAccountStore } from './account/account-store.ts'
import { createAccounts, type SeedAccount } from './account/accounts.ts'
import { createPasswords } from './account/passwords.ts'
import type { Config } from './config.ts'
import { startHousekeeping } from './housekeeping.ts'
import { createAccessTokens } from './key/access-token.ts'
import { type KeyRing, openKeyRing } from './key/key-ring.ts'
import { createSigningKeyStore } from './key/signing-key-store.ts'
import { addRoutes } from './routes.ts'
import { createAttemptLimit, createCountLimit } from './session/attempt-limit.ts'
import { createSessionStore } from './session/session-store.ts'
import { createSessions } from './session/sessions.ts'
import { createSignIn, type SignInLimits } from './session/sign-in.ts'

export { Config } from './config.ts'
export type { SeedAccount }

export const name = 'identity-service'

const MIGRATIONS = join(import.meta.dirname, '..', 'migrations')
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const CLOCK_SKEW_MS = MINUTE_MS

export interface Deps {
  /** Default: the system's clock. */
  now?: () => Date
}

export interface App {
  start(): Promise<string>
  stop(): Promise<void>
  /**
   * Makes the accounts whose e-mail address does not exist yet, whatever their roles, and answers these addresses. For
   * the process itself: no door leads here.
   */
  seedAccounts(accounts: readonly SeedAccount[]): Promise<string[]>
}

/** Wires the service: accounts, sessions, signing keys and the door to them. */
export async function createApp(service: Service<Config>, { now = () => new Date() }: Deps = {}): Promise<App> {
  const { config, logger, metrics, closer } = service
  const db = await openDatabase(service, MIGRATIONS)
  const [keys, passwords] = await Promise.all([openKeys(service, db, now), createPasswords(config.passwords)])
  const accountStore = createAccountStore()
  const accounts = createAccounts({ db, store: accountStore, passwords, logger, now })
  const sessions = createSessions({
    db,
    store: createSessionStore(),
    logger,
    now,
    refreshMs: config.tokens.refreshSeconds * 1000,
    graceMs: config.tokens.refreshGraceSeconds * 1000,
    maxPerAccount: config.tokens.maxSessionsPerAccount,
  })
  const { accessSeconds } = config.tokens
  const accessTokens = createAccessTokens({ keys, accessSeconds, now })
  const limits = createLimits(config.limits)
  const signIn = createSignIn({
    db,
    accounts: accountStore,
    passwords,
    sessions,
    accessTokens,
    accessSeconds,
    limits,
    metrics,
    logger,
    now,
  })
  // The service's own verifier would ask the registry for us; our keys are at hand, and asking for them costs nothing.
  const tokens = createTokenVerifier({ fetchKeys: async () => keys.published(), minRefetchMs: 0 })
  const cookies = { secure: config.cookies.secure, refreshSeconds: config.tokens.refreshSeconds }
  addRoutes(service.http, { signIn, accounts, keys, tokens, cookies })
  startHousekeeping(
    [
      { name: 'key rotation', everyMs: MINUTE_MS, run: keys.refresh },
      { name: 'session sweep', everyMs: 10 * MINUTE_MS, run: sessions.sweep },
    ],
    { closer, logger },
  )
  return { start: () => service.start(), stop: () => service.stop(), seedAccounts: accounts.seed }
}

function openKeys({ config, logger }: Service<Config>, db: Database, now: () => Date): Promise<KeyRing> {
  const policy = {
    rotateAfterMs: config.keys.rotateAfterDays * DAY_MS,
    publishAheadMs: config.keys.publishAheadHours * HOUR_MS,
    tokenMs: config.tokens.accessSeconds * 1000 + CLOCK_SKEW_MS,
  }
  return openKeyRing({ db, store: createSigningKeyStore(), policy, logger, now })
}

function createLimits(limits: Config['limits']): SignInLimits {
  const rules = {
    firstPauseSeconds: limits.firstPauseSeconds,
    maxPauseSeconds: limits.maxPauseSeconds,
    forgetSeconds: limits.forgetFailuresSeconds,
    maxKeys: limits.maxKeys,
  }
  return {
    perAccount: createAttemptLimit({ ...rules, maxFailures: limits.failuresPerAccount }),
    perSource: createAttemptLimit({ ...rules, maxFailures: limits.failuresPerSource }),
    registrations: createCountLimit({
      max: limits.registrationsPerSource,
      windowSeconds: limits.registrationWindowSeconds,
      maxKeys: limits.maxKeys,
    }),
  }
}
