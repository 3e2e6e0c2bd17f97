import type { Credentials, Registration, Session } from '@order-flow/contracts'
import { AppError, Counter, type Database, type Logger, type Metrics, newId } from '@order-flow/service-kit'
import { cleanText, type NewAccount, normaliseEmail, type StoredAccount, toAccount } from '../account/account.ts'
import type { AccountStore } from '../account/account-store.ts'
import type { Passwords } from '../account/passwords.ts'
import type { AccessTokens } from '../key/access-token.ts'
import type { AttemptLimit } from './attempt-limit.ts'
import type { Sessions } from './sessions.ts'

export interface SignInParts {
  db: Database
  accounts: AccountStore
  passwords: Passwords
  sessions: Sessions
  accessTokens: AccessTokens
  accessSeconds: number
  limits: SignInLimits
  metrics: Metrics
  logger: Logger
  now: () => Date
}

export interface SignInLimits {
  /** Failed sign-ins of an address from a source. */
  perAccount: AttemptLimit
  /** Failed sign-ins from a source. */
  perSource: AttemptLimit
  /** Registrations from a source. */
  registrations: (source: string) => Promise<void>
}

/** The ways to a session. `source` is who asks, for the limits (see source.ts). */
export interface SignIn {
  /** Makes a customer. Errors: `conflict` for an address in use, `invalid`, `too_many_requests`, `unavailable`. */
  register(registration: Registration, source: string): Promise<Session>
  /** Errors: `unauthorized`, the same for an unknown address and a wrong password; `too_many_requests`, `unavailable`. */
  signIn(credentials: Credentials, source: string): Promise<Session>
  /** Goes on with a session. The roles are those of now. Errors: `unauthorized`. */
  refresh(refreshToken: string): Promise<Session>
  /** Ends a session; nothing happens when there is none. */
  signOut(refreshToken: string): Promise<void>
}

/** Wires the ways to a session. */
export function createSignIn(parts: SignInParts): SignIn {
  const { db, accounts, passwords, sessions, limits, logger } = parts
  const outcomes = new Counter({
    name: 'identity_sign_ins_total',
    help: 'Sign-ins by outcome: accepted, refused (wrong address or password), limited, failed.',
    labelNames: ['outcome'],
    registers: [parts.metrics.registry],
  })

  async function answer(account: StoredAccount | NewAccount, refreshToken: string): Promise<Session> {
    const accessToken = await parts.accessTokens.sign(account)
    return {
      accessToken,
      expiresInSeconds: parts.accessSeconds,
      refreshToken,
      account: toAccount({ ...account, roles: [...account.roles] }),
    }
  }

  async function register({ email, password, name }: Registration, source: string): Promise<Session> {
    await limits.registrations(source)
    const account: NewAccount = {
      id: newId(),
      email: normaliseEmail(email),
      name: cleanText(name, 'name'),
      roles: ['customer'],
      // Hashed also when the address turns out to be in use: the time taken tells nothing.
      passwordHash: await passwords.hash(password),
      reference: null,
      createdAt: parts.now().toISOString(),
    }
    const refreshToken = await db.transaction(async (tx) => {
      const added = await accounts.insertByEmail(tx, [account])
      return added.size > 0 ? sessions.begin(tx, account.id) : undefined
    })
    if (refreshToken === undefined) {
      throw new AppError('conflict', 'An account with this e-mail address cannot be made; sign in if it is yours.', {
        problem: 'email-in-use',
      })
    }
    logger.info({ userId: account.id }, 'account registered')
    return answer(account, refreshToken)
  }

  async function signIn(credentials: Credentials, source: string): Promise<Session> {
    const email = normaliseEmail(credentials.email)
    const attempt = await beginAttempt(limits, { email, source }).catch((error: unknown) => {
      outcomes.inc({ outcome: 'limited' })
      throw error
    })
    try {
      const account = await accounts.findByEmail(db, email)
      const isRight = await passwords.verify(account?.passwordHash, credentials.password)
      if (!account || !isRight) {
        outcomes.inc({ outcome: 'refused' })
        throw new AppError('unauthorized', 'The e-mail address or the password is wrong.', { problem: 'wrong-credentials' })
      }
      const refreshToken = await db.transaction((tx) => sessions.begin(tx, account.id))
      const session = await answer(account, refreshToken)
      await attempt.succeeded()
      outcomes.inc({ outcome: 'accepted' })
      logger.info({ userId: account.id }, 'signed in')
      return session
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthorized') throw error
      outcomes.inc({ outcome: 'failed' })
      await attempt.failedOnOurSide()
      throw error
    }
  }

  async function refresh(token: string): Promise<Session> {
    const { accountId, refreshToken } = await sessions.refresh(token)
    const account = await accounts.findById(db, accountId)
    if (!account) throw new AppError('internal', `The session of account ${accountId} outlived it.`)
    return answer(account, refreshToken)
  }

  return { register, signIn, refresh, signOut: (token) => sessions.end(token) }
}

/** Counts the attempt with both limits; the source is not charged for what the account's limit turns away. */
async function beginAttempt({ perAccount, perSource }: SignInLimits, { email, source }: { email: string; source: string }) {
  const accountKey = `${source} ${email}`
  await perSource.attempt(source)
  try {
    await perAccount.attempt(accountKey)
  } catch (error) {
    await perSource.takeBack(source)
    throw error
  }
  return {
    /** Clears the account's failures, but not the source's others: one's own account must not pay for guesses at others. */
    async succeeded() {
      await perAccount.forget(accountKey)
      await perSource.takeBack(source)
    },
    async failedOnOurSide() {
      await perAccount.takeBack(accountKey)
      await perSource.takeBack(source)
    },
  }
}
