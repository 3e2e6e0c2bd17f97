import { setTimeout as pause } from 'node:timers/promises'
import { createHttpClient, type HttpClient, isUnanswered, ProblemError } from '@order-flow/client'
import type { Credentials } from '@order-flow/contracts'
import type { Random } from '../random.ts'

/** What a customer got for insisting. `unanswered`: nobody has said whether the call took effect. */
export type Answer<T> = { kind: 'granted'; value: T } | { kind: 'refused'; problem: ProblemError } | { kind: 'unanswered'; reason: string }

export type Insisted<T> = Answer<T> & {
  /** Why calls were made again, one for each: the status and what the problem was called. */
  repeats: string[]
}

/** Somebody with an account, who behaves as a correct client does. */
export interface Customer {
  id: string
  name: string
  /** Signs in again; answers the access token. Errors: when nobody answers for two minutes. */
  renew(): Promise<string>
  /** The access token of the last sign-in. */
  currentToken(): string
  /**
   * Makes a call, at one gateway or the other, until there is a definite answer: after a lost connection, a time-out, a
   * 5xx, a key still in flight, or a door that asks to come back, it is made again. The call must bear that.
   */
  insist<T>(call: (shop: HttpClient) => Promise<T>, patienceMs?: number): Promise<Insisted<T>>
}

export interface CustomerOptions {
  /** Base URLs of the gateways. */
  gateways: readonly string[]
  credentials: Credentials
  name: string
  random: Random
  /** Whether the account is to be made; otherwise it exists. */
  isNew: boolean
}

const CALL_TIMEOUT_MS = 8000
const PATIENCE_MS = 120_000
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 2000

/** Signs somebody in, however long the shop takes to be there (at most two minutes). */
export async function signInCustomer(options: CustomerOptions): Promise<Customer> {
  const { gateways, credentials, name, random } = options
  let token: string | undefined
  let signingIn: Promise<string> | undefined
  const shops = gateways.map((baseUrl) => createHttpClient({ baseUrl, accessToken: () => token, timeoutMs: CALL_TIMEOUT_MS }))

  async function insist<T>(call: (shop: HttpClient) => Promise<T>, patienceMs = PATIENCE_MS): Promise<Insisted<T>> {
    const deadline = performance.now() + patienceMs
    const first = random.int(0, shops.length - 1)
    const repeats: string[] = []
    for (let tries = 1; ; tries += 1) {
      const shop = shops[(first + tries - 1) % shops.length]
      if (!shop) throw new Error('There is no gateway.')
      try {
        return { kind: 'granted', value: await call(shop), repeats }
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        if (!isUnanswered(error)) return { kind: 'refused', problem: error, repeats }
        if (performance.now() > deadline) return { kind: 'unanswered', reason: `${error.status} ${error.message}`, repeats }
        repeats.push(`${error.status} ${error.problem.title}`)
        if (error.status === 401 && token !== undefined) await renew()
        await pause(pauseMs(tries, error.retryAfterSeconds))
      }
    }
  }

  function pauseMs(tries: number, retryAfterSeconds = 0): number {
    const backoffMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)) * (0.5 + random.next() / 2)
    return Math.max(backoffMs, Math.min(MAX_PAUSE_MS, retryAfterSeconds * 1000))
  }

  /** One sign-in at a time, whoever needs it. */
  function renew(): Promise<string> {
    signingIn ??= signIn().finally(() => {
      signingIn = undefined
    })
    return signingIn
  }

  async function signIn(): Promise<string> {
    const { accessToken } = granted(await insist((shop) => shop.login(credentials)))
    token = accessToken
    return accessToken
  }

  async function open(): Promise<string> {
    if (!options.isNew) return idOf(granted(await insist((shop) => shop.login(credentials))))
    const registered = await insist((shop) => shop.register({ ...credentials, name }))
    // The first try may have made the account without our hearing of it.
    if (registered.kind === 'refused' && registered.problem.status === 409)
      return idOf(granted(await insist((shop) => shop.login(credentials))))
    return idOf(granted(registered))
  }

  function idOf(session: { accessToken: string; account: { id: string } }): string {
    token = session.accessToken
    return session.account.id
  }

  return {
    id: await open(),
    name,
    insist,
    renew,
    currentToken: () => token ?? '',
  }
}

/** What was granted. Errors: when it was not. */
export function granted<T>(answer: Answer<T>): T {
  switch (answer.kind) {
    case 'granted':
      return answer.value
    case 'refused':
      throw new Error(`The shop refused: ${answer.problem.status} ${answer.problem.message}`, { cause: answer.problem })
    case 'unanswered':
      throw new Error(`The shop did not answer: ${answer.reason}`)
  }
}
