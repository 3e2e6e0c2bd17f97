import type { Account } from './accounts.ts'
import { digestOf, impossibleSecret, isDigestOf, isSecret, type Secret } from './secrets.ts'

export type Credentials = { scheme: 'basic'; name: string; password: string } | { scheme: 'bearer'; token: string }

/** Reads an `Authorization` header: Basic (RFC 7617, in UTF-8) or Bearer (RFC 6750); undefined when it is neither. */
export function parseAuthorization(header: string): Credentials | undefined {
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*) *$/.exec(header) ?? []
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value }
  if (scheme.toLowerCase() !== 'basic' || !/^[A-Za-z0-9+/]+=*$/.test(value)) return undefined
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  // A name holds no colon, a password may.
  return colon < 0 ? undefined : { scheme: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Whose credentials they are; `busy`: too many wait for an expensive hash, ask again. */
export type Found = Account | 'wrong' | 'busy'

/** Finds whose credentials a header holds, and remembers it: only the first request with them costs a hash. */
export interface CredentialCheck {
  /** What is remembered of a header. */
  known(key: string): Account | 'wrong' | undefined
  /** Finds out. Those who ask for the same at the same time share the work. */
  find(header: string, key: string): Found | Promise<Found>
}

/** Headers are remembered by this, so that passwords stay in no memory for long. */
export function keyOf(header: string): string {
  return digestOf(header).toString('latin1')
}

export interface CredentialCheckOptions {
  accounts: readonly Account[]
  /** Of right and of wrong ones each, the last so many are remembered. Default: 1000. */
  maxRemembered?: number
  /** Expensive hashes are computed one at a time; so many may wait. Default: 64. */
  maxWaiting?: number
}

export function createCredentialCheck({ accounts, maxRemembered = 1000, maxWaiting = 64 }: CredentialCheckOptions): CredentialCheck {
  const byName = new Map(accounts.map((account) => [account.name, account]))
  const right = createMemory<Account>(maxRemembered)
  const wrong = createMemory<'wrong'>(maxRemembered)
  const beingFound = new Map<string, Promise<Found>>()
  const isExpensive = accounts.some(({ password }) => password?.kind === 'argon2')
  let nobodys: Promise<Secret> | undefined
  let turn: Promise<unknown> = Promise.resolve()

  function find(header: string, key: string): Found | Promise<Found> {
    const shared = beingFound.get(key)
    if (shared) return shared
    if (beingFound.size >= maxWaiting) return 'busy'
    const found = accountOf(parseAuthorization(header))
    if (!(found instanceof Promise)) return remember(key, found)
    const remembered = found.then((account) => remember(key, account)).finally(() => beingFound.delete(key))
    beingFound.set(key, remembered)
    return remembered
  }

  function remember(key: string, found: Account | 'wrong'): Account | 'wrong' {
    if (found === 'wrong') wrong.put(key, found)
    else right.put(key, found)
    return found
  }

  function accountOf(credentials: Credentials | undefined): Account | 'wrong' | Promise<Account | 'wrong'> {
    if (!credentials) return 'wrong'
    if (credentials.scheme === 'bearer') return accountOfToken(credentials.token)
    const account = byName.get(credentials.name)
    if (!account?.password) return nobody(credentials.password)
    if (account.password.kind === 'digest') return isDigestOf(credentials.password, account.password.digest) ? account : 'wrong'
    return inTurn(account.password, credentials.password).then((isRight) => (isRight ? account : 'wrong'))
  }

  function accountOfToken(token: string): Account | 'wrong' {
    // Every one is compared, so that the time tells nothing.
    const [found] = accounts.filter((account) => account.token && isDigestOf(token, account.token))
    return found ?? 'wrong'
  }

  /** A name that nobody has takes as long as a wrong password. */
  function nobody(password: string): 'wrong' | Promise<'wrong'> {
    if (!isExpensive) return 'wrong'
    nobodys ??= impossibleSecret()
    return nobodys.then((secret) => inTurn(secret, password)).then(() => 'wrong')
  }

  /** One hash at a time: it is made to be expensive, and must not eat the machine. */
  function inTurn(secret: Secret, password: string): Promise<boolean> {
    const mine = turn.then(() => isSecret(password, secret))
    turn = mine.catch(() => undefined)
    return mine
  }

  return { known: (key) => right.get(key) ?? wrong.get(key), find }
}

/** Remembers the last so many. */
function createMemory<T>(maxSize: number) {
  const values = new Map<string, T>()
  return {
    get: (key: string): T | undefined => values.get(key),
    put(key: string, value: T): void {
      values.delete(key)
      values.set(key, value)
      if (values.size <= maxSize) return
      for (const oldest of values.keys()) {
        values.delete(oldest)
        return
      }
    },
  }
}
