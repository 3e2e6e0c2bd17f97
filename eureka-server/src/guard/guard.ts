import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type Action, ALL_RIGHTS, type Permission, type Rights, rightsOf } from './access-rules.ts'
import type { Account } from './accounts.ts'
import type { Audit } from './audit.ts'
import { createCredentialCheck, type Found, keyOf } from './credentials.ts'
import { isFromForeignPage, isLoopbackHost } from './foreign-requests.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'

/** Who asks, and what they may do. */
export interface Caller {
  /** Undefined: without an account. */
  account: string | undefined
  rights: Rights
  /** Of the connection; what a proxy says of another one (X-Forwarded-For) anybody could say. */
  address: string
}

/** Why a request is not served; counted by these names. */
export type RefusalReason = 'foreign-page' | 'foreign-host' | 'rate' | 'failures' | 'credentials' | 'not-signed-in' | 'not-allowed'

export interface Refusal {
  reason: RefusalReason
  status: 401 | 403 | 429
  headers: Record<string, string>
  /** Empty with 401. */
  text: string
}

export type Admission = { caller: Caller } | { refusal: Refusal }

type Asking = Pick<IncomingMessage, 'method' | 'headers' | 'socket'>

export interface Guard {
  /** Who asks; or why they are not served at all: a foreign page, too many requests, wrong credentials. Once per request. */
  admit(request: Asking): Admission | Promise<Admission>
  /** Undefined when it is allowed: on this application, or without one on some application. */
  refusalOf(caller: Caller, action: Action, app?: string): Refusal | undefined
  /** What the sender of an admitted request may do; whoever's credentials are wrong is nobody. */
  rolesOf(request: Pick<Asking, 'headers' | 'socket'>): Promise<Caller>
}

export interface GuardOptions {
  /** Undefined: requests need no account, as only this machine can send some. */
  accounts: readonly Account[] | undefined
  /** What may be done without an account. */
  anonymous: readonly Permission[]
  /** More names of this machine, where requests need no account. */
  hosts: readonly string[]
  /** Of one client; 0: any number. */
  requestsPerSecond: number
  burst: number
  /** Wrong credentials of one address. */
  failuresPerMinute: number
  audit: Pick<Audit, 'refused'>
  onRefusal(reason: RefusalReason): void
  /** The time, ms. */
  now(): number
}

const CHALLENGE = { 'www-authenticate': 'Basic realm="eureka"' }

export function createGuard(options: GuardOptions): Guard {
  const { accounts, audit, onRefusal, now, failuresPerMinute } = options
  const nobodysRights = accounts ? rightsOf(options.anonymous) : ALL_RIGHTS
  const hosts = new Set(options.hosts.map((name) => name.toLowerCase()))
  const requests = createRateLimit({ perSecond: options.requestsPerSecond, burst: options.burst, now })
  const failures = createRateLimit({ perSecond: failuresPerMinute / 60, burst: failuresPerMinute, now })
  const signIn = accounts && createSignIn(accounts, failures)

  function admit(request: Asking): Admission | Promise<Admission> {
    const address = addressOf(request.socket)
    const { authorization } = request.headers
    if (isFromForeignPage(request.method, request.headers)) return refuse(address, foreignPage())
    if (!signIn && !isLoopbackHost(request.headers.host, hosts)) return refuse(address, foreignHost())
    if (!signIn || authorization === undefined) return limited(address, undefined, nobodysRights)
    const found = signIn(request.socket, address, authorization)
    return found instanceof Promise ? found.then((value) => admission(address, value)) : admission(address, found)
  }

  function admission(address: string, found: SignIn): Admission {
    if (typeof found === 'object') return limited(address, found.name, found.rights)
    // Wrong credentials count as requests of nobody.
    const wait = typeof found === 'number' ? 0 : requests.take(address)
    if (wait > 0) return refuse(address, tooMany('rate', wait))
    return refuse(address, typeof found === 'number' ? tooMany('failures', found) : unauthorized('credentials'))
  }

  function limited(address: string, account: string | undefined, rights: Rights): Admission {
    // Accounts behind one address, and addresses of one account, do not take each other's share.
    const wait = requests.take(account === undefined ? address : `${address} ${account}`)
    return wait > 0 ? refuse(address, tooMany('rate', wait), account) : { caller: { account, rights, address } }
  }

  function refuse(address: string, refusal: Refusal, account?: string): Admission {
    told({ account, address }, refusal)
    return { refusal }
  }

  function told(caller: Pick<Caller, 'account' | 'address'>, refusal: Refusal, facts: Record<string, unknown> = {}): Refusal {
    onRefusal(refusal.reason)
    audit.refused(caller, { reason: refusal.reason, ...facts })
    return refusal
  }

  function refusalOf(caller: Caller, action: Action, app?: string): Refusal | undefined {
    const { rights, account } = caller
    if (app === undefined ? rights.maySomewhere(action) : rights.may(action, app)) return undefined
    if (account === undefined) return told(caller, unauthorized('not-signed-in'), { action, app })
    return told(caller, notAllowed(account, action, app), { action, app })
  }

  async function rolesOf({ headers, socket }: Pick<Asking, 'headers' | 'socket'>): Promise<Caller> {
    const address = addressOf(socket)
    const nobody = { account: undefined, rights: nobodysRights, address }
    if (!signIn || headers.authorization === undefined) return nobody
    const found = await signIn(socket, address, headers.authorization)
    return typeof found === 'object' ? { account: found.name, rights: found.rights, address } : nobody
  }

  return { admit, refusalOf, rolesOf }
}

/** Whose credentials they are; a number: ask again in so many seconds. */
type SignIn = Account | 'wrong' | number

/**
 * Slows down whoever guesses, not the neighbours behind the same address: credentials that are known to be wrong cost no
 * try when they come again, and a connection that has signed in goes on.
 */
function createSignIn(accounts: readonly Account[], failures: RateLimit) {
  const credentials = createCredentialCheck({ accounts })
  const signedIn = new WeakMap<Socket, string>()

  function conclude(socket: Socket, address: string, key: string, found: Found): SignIn {
    if (found !== 'wrong') failures.giveBack(address)
    if (found === 'busy') return 1
    if (found !== 'wrong') signedIn.set(socket, key)
    return found
  }

  return (socket: Socket, address: string, header: string): SignIn | Promise<SignIn> => {
    const key = keyOf(header)
    const known = credentials.known(key)
    if (known && known !== 'wrong' && signedIn.get(socket) === key) return known
    const wait = failures.waitSecs(address)
    if (wait > 0) return wait
    if (known) {
      if (known !== 'wrong') signedIn.set(socket, key)
      return known
    }
    // Taken first and given back afterwards: many tries at once are many tries.
    failures.take(address)
    const found = credentials.find(header, key)
    if (found instanceof Promise) return found.then((value) => conclude(socket, address, key, value))
    return conclude(socket, address, key, found)
  }
}

/**
 * A script that signs in by itself says so, and is not helped by a browser that asks its user beside it; such a challenge
 * is left out, as by Spring Security.
 */
export function challenging(refusal: Refusal, headers: IncomingMessage['headers']): Refusal {
  return headers['x-requested-with'] === 'XMLHttpRequest' ? { ...refusal, headers: withoutChallenge(refusal.headers) } : refusal
}

function withoutChallenge({ 'www-authenticate': _challenge, ...others }: Record<string, string>): Record<string, string> {
  return others
}

/** The address that limits and lines go by. Of IPv6 the network: whoever has one address there has 2^64 of them. */
export function addressOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string {
  if (remoteAddress.startsWith('::ffff:')) return remoteAddress.slice('::ffff:'.length)
  if (!remoteAddress.includes(':') || remoteAddress === '::1') return remoteAddress
  const [start = '', end] = (remoteAddress.split('%')[0] ?? '').split('::')
  const first = start === '' ? [] : start.split(':')
  const last = end ? end.split(':') : []
  const all = end === undefined ? first : [...first, ...Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0'), ...last]
  return `${all.slice(0, 4).join(':')}::/64`
}

function foreignPage(): Refusal {
  const text = 'A page of another site may change nothing here (Origin, Sec-Fetch-Site).'
  return { reason: 'foreign-page', status: 403, headers: {}, text }
}

function foreignHost(): Refusal {
  const text =
    'The registry serves this machine without accounts, and under its own names alone: localhost, 127.0.0.1, ::1 and those in eureka.server.security.hosts.'
  return { reason: 'foreign-host', status: 403, headers: {}, text }
}

function tooMany(reason: 'rate' | 'failures', waitSecs: number): Refusal {
  const text =
    reason === 'rate' ? 'Too many requests; come again later.' : 'Too many wrong credentials from this address; come again later.'
  return { reason, status: 429, headers: { 'retry-after': String(waitSecs) }, text }
}

function unauthorized(reason: 'credentials' | 'not-signed-in'): Refusal {
  return { reason, status: 401, headers: CHALLENGE, text: '' }
}

function notAllowed(account: string, action: Action, app: string | undefined): Refusal {
  const text = `The account ${account} lacks the right to ${action}${app === undefined ? '' : ` ${app}`} (eureka.server.security.accounts).`
  return { reason: 'not-allowed', status: 403, headers: {}, text }
}
