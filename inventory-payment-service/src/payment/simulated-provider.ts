import type { DeclineCode } from '@order-flow/contracts'
import { AppError, createBatcher, type Database, type Tx } from '@order-flow/service-kit'
import { enterNew, findEntries, type LedgerEntry, lockCharges, sumRefunds } from './ledger-store.ts'
import type { CaptureRequest, CaptureResult, PaymentProvider, RefundRequest } from './payment-provider.ts'

export interface SimulatedProviderOptions {
  db: Database
  /** How long `tok_slow` and what fails late take. */
  slowMs: number
  now?: () => Date
}

/** What a test token does. `isSlow`: it takes `slowMs`; `isSilent`: the call that brings it gets no answer. */
interface Behaviour {
  code: DeclineCode | null
  isSlow?: true
  isSilent?: true
}

/** Those of TEST_CARDS in contracts; any other is declined. */
const BEHAVIOURS = new Map<string, Behaviour>([
  ['tok_visa', { code: null }],
  ['tok_declined', { code: 'declined' }],
  ['tok_insufficient_funds', { code: 'insufficient_funds' }],
  ['tok_slow', { code: null, isSlow: true }],
  ['tok_timeout', { code: null, isSilent: true }],
  ['tok_timeout_declined', { code: 'declined', isSlow: true, isSilent: true }],
])
const UNKNOWN_TOKEN: Behaviour = { code: 'invalid_token' }
const MAX_BATCH = 300

/**
 * A payment provider played by this service: what happens depends on the test token alone. It behaves like one company
 * outside, whichever instance asks it and whatever dies meanwhile: what it has decided stands in books of its own
 * (`provider_ledger`), committed before it answers and apart from the service's transactions.
 */
export function createSimulatedProvider({ db, slowMs, now = () => new Date() }: SimulatedProviderOptions) {
  // Both batchers are bounded by the calls that the caller makes at the same time.
  const charges = createBatcher<CaptureRequest, { entry: LedgerEntry; isNew: boolean }>({
    maxBatch: MAX_BATCH,
    maxWaiting: Number.POSITIVE_INFINITY,
    run: enterCharges,
  })
  const refunds = createBatcher<RefundRequest, undefined>({
    maxBatch: MAX_BATCH,
    maxWaiting: Number.POSITIVE_INFINITY,
    run: (requests) => db.transaction((tx) => enterRefunds(tx, requests)),
  })

  async function enterCharges(requests: readonly CaptureRequest[]) {
    const entries = requests.map((request) => chargeOf(request, now(), slowMs))
    // The answer is not waited for inside, so that the commit leaves with the statement.
    const { entering } = await db.transaction(async (tx) => {
      const entering = enterNew(tx, entries)
      entering.catch(() => undefined) // the commit fails with it
      return { entering }
    })
    const entered = await entering
    const known = entered.size === entries.length ? undefined : await findEntries(db, keysOf(requests))
    return entries.map((entry) => ({ entry: known?.get(entry.key) ?? entry, isNew: entered.has(entry.key) }))
  }

  async function enterRefunds(tx: Tx, requests: readonly RefundRequest[]): Promise<undefined[]> {
    const charged = await lockCharges(tx, paymentKeysOf(requests))
    const at = now().toISOString()
    await enterNew(
      tx,
      requests.map((request) => refundOf(request, charged.get(request.paymentKey), at)),
    )
    for (const [key, refunded] of await sumRefunds(tx, paymentKeysOf(requests))) {
      if (refunded > (charged.get(key)?.amount ?? 0)) throw new AppError('conflict', `More would go back of payment ${key} than was taken.`)
    }
    return requests.map(() => undefined)
  }

  async function outcome(entry: LedgerEntry, signal: AbortSignal): Promise<CaptureResult> {
    const waitMs = Date.parse(entry.settledAt) - now().getTime()
    if (waitMs > 0) await pause(waitMs, signal)
    return resultOf(entry)
  }

  const provider: PaymentProvider = {
    async capture(request, signal) {
      const { entry, isNew } = await unlessAborted(charges.submit(request), signal)
      if (isNew && behaviourOf(request.token).isSilent) throw noAnswer()
      return outcome(entry, signal)
    },
    async refund(request, signal) {
      await unlessAborted(refunds.submit(request), signal)
    },
    async find(key, signal) {
      const entry = (await unlessAborted(findEntries(db, [key]), signal)).get(key)
      return entry && (Date.parse(entry.settledAt) > now().getTime() ? { status: 'pending' } : resultOf(entry))
    },
  }

  return {
    ...provider,
    /** Ends what is being entered. */
    async stop() {
      await charges.drain()
      await refunds.drain()
    },
  }
}

function behaviourOf(token: string): Behaviour {
  return BEHAVIOURS.get(token) ?? UNKNOWN_TOKEN
}

function chargeOf({ key, token, amount, currency }: CaptureRequest, at: Date, slowMs: number): LedgerEntry {
  const { code, isSlow } = behaviourOf(token)
  return {
    key,
    kind: 'charge',
    paymentKey: key,
    amount,
    currency,
    status: code === null ? 'captured' : 'declined',
    code,
    createdAt: at.toISOString(),
    settledAt: new Date(at.getTime() + (isSlow ? slowMs : 0)).toISOString(),
  }
}

function refundOf({ key, paymentKey, amount }: RefundRequest, charge: LedgerEntry | undefined, at: string): LedgerEntry {
  if (charge?.status !== 'captured') throw new AppError('conflict', `There is no payment ${paymentKey} that money could go back of.`)
  const { currency } = charge
  return { key, kind: 'refund', paymentKey, amount, currency, status: 'refunded', code: null, createdAt: at, settledAt: at }
}

function resultOf({ code }: LedgerEntry): CaptureResult {
  return code === null ? { status: 'captured' } : { status: 'declined', code }
}

function keysOf(requests: readonly CaptureRequest[]): string[] {
  return requests.map(({ key }) => key)
}

function paymentKeysOf(requests: readonly RefundRequest[]): string[] {
  return [...new Set(requests.map(({ paymentKey }) => paymentKey))]
}

function noAnswer(): AppError {
  return new AppError('unavailable', 'The payment provider did not answer in time.')
}

/** The caller hangs up when the signal aborts; what was asked for goes on. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(noAnswer())
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, delayMs)
  })
  return unlessAborted(passed, signal).finally(() => clearTimeout(timer))
}
