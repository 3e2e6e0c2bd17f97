import { EXIT, Failure } from '../command.ts'
import { createGateway } from '../gateway.ts'
import { createLatency } from '../latency.ts'
import { openLiveSocket } from '../live-socket.ts'
import { createSignIn, readOperator, withPassword } from '../sign-in.ts'
import type { ReplayOptions } from './options.ts'
import { createOutcomes } from './outcomes.ts'
import type { Plan } from './plan.ts'
import { prepareShop } from './preparation.ts'
import type { Progress } from './progress.ts'
import { findDifferences, makeReport, type Report } from './report.ts'
import type { Results } from './results.ts'
import { createSaleReplay } from './sale-replay.ts'
import { createShop } from './shop.ts'
import { replayTimeline } from './timeline.ts'

export interface ReplayParts {
  options: ReplayOptions
  progress: Progress
  signal: AbortSignal
}

const FIRST_ANSWER_MS = 3_000

/**
 * Replays a plan against the system at the gateway. Ends with the report and what does not add up in it, or with a
 * Failure that says how far it came and that it can be run again.
 */
export async function replay({ options, progress, signal }: ReplayParts, plan: Plan): Promise<{ report: Report; differences: string[] }> {
  const operator = await readOperator(options.dataFolder)
  const gateway = createGateway({ url: options.gatewayUrl, signal })
  const signIn = createSignIn(gateway, withPassword(operator))
  const shop = createShop(signIn, signal)
  const latency = createLatency()
  const outcomes = createOutcomes(latency)
  signal.addEventListener('abort', () => outcomes.release(), { once: true })
  const results: Results = { sales: new Map(), cancellations: new Map() }
  let hasBegun = false
  try {
    await checkGateway(gateway)
    await signIn.token()
    const live = await openLiveSocket({ gatewayUrl: gateway.url, topic: 'orders', token: signIn.token, onEvent: outcomes.onEvent, signal })
    try {
      hasBegun = true
      const accounts = await prepareShop({ shop, progress }, plan)
      const sales = createSaleReplay({ shop, outcomes, accounts, keyPrefix: plan.keyPrefix })
      const bar = progress.phase('Sales', plan.timeline.filter(({ kind }) => kind === 'sale').length)
      await replayTimeline({ sales, shop, ordersPerSecond: options.ordersPerSecond, bar, signal }, plan, results).finally(bar.end)
    } finally {
      await live.close()
    }
  } catch (error) {
    throw hasBegun ? withWayOn(error, plan, results) : error
  } finally {
    await gateway.close()
  }
  const report = makeReport(plan, results, latency.percentiles())
  return { report, differences: findDifferences(plan, results, report) }
}

/** A gateway that is not there at all is said at once; one that goes away later is waited for. */
async function checkGateway(gateway: ReturnType<typeof createGateway>): Promise<void> {
  await gateway.send({ method: 'GET', path: '/api/products?limit=1', patienceMs: FIRST_ANSWER_MS }).catch((error: unknown) => {
    if (!(error instanceof Failure) || error.exitCode !== EXIT.failed) throw error
    throw new Failure(EXIT.failed, `${error.message} Start the system with \`npm start\`, or name its gateway with --gateway.`)
  })
}

function withWayOn(error: unknown, plan: Plan, results: Results): unknown {
  if (!(error instanceof Failure)) return error
  const total = plan.timeline.filter(({ kind }) => kind === 'sale').length
  const message = `${error.message} ${results.sales.size} of ${total} sales are done. Run the same command again: it continues and repeats nothing.`
  return new Failure(error.exitCode, message)
}
