import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Options } from './options.ts'
import { createRandom, type Random } from './random.ts'
import { describeAll, describeVerdict, writeReport } from './report.ts'
import { runScenario, type Verdict } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'
import { startTestShop } from './start-test-shop.ts'
import type { TestShop } from './test-shop.ts'

const ENGINE_FOLDERS = ['postgres', 'rabbitmq', 'kafka']

/** Runs what the options ask for; answers the exit code. `print` takes lines for the terminal; `stop` ends it early. */
export async function runSuite(options: Options, print: (line: string) => void, stop: AbortSignal): Promise<number> {
  const scenarios = chosenScenarios(options)
  const random = createRandom(options.seed)
  const folder = makeFolder(options)
  print(`Seed ${options.seed}; ${options.broker}; everything is in ${folder.path}.`)
  const startedAtMs = performance.now()
  const shop = await startTestShop({ folder: folder.path, options, random: random.fork('shop') })
  print(`The shop is open after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s.`)
  const verdicts: Verdict[] = []
  try {
    for (const [round, scenario] of inOrder(scenarios, options, random.fork('order'), startedAtMs)) {
      if (stop.aborted) break
      const verdict = await runScenario(scenario, { shop, random: random.fork(`${scenario.name} ${round}`), options })
      verdicts.push(verdict)
      print(describeVerdict(verdict))
      writeReport(options.reportFile ?? join(folder.path, 'fault-report.json'), { options, verdicts })
    }
    const otherFaults = await endingFaults(shop)
    for (const fault of otherFaults) print(`BROKEN ${fault}`)
    print(describeAll(verdicts))
    folder.isGreen = otherFaults.length === 0 && verdicts.length > 0 && verdicts.every(({ faults }) => faults.length === 0)
    if (folder.isGreen) return 0
    print(`Again: npm run test:faults -- --seed ${options.seed} ${repeatOptions(options)}. Logs: ${shop.logFile}`)
    return 1
  } finally {
    await shop.close()
  }
}

/** What can be told only once all is done: whether a secret stands in the logs, and whether the shop ends in order. */
async function endingFaults(shop: TestShop): Promise<string[]> {
  const broken = (await shop.checkLogs()).filter(({ holds }) => !holds)
  const faults = broken.map(({ id, rule, offenders }) => `${id} does not hold (${rule}): ${JSON.stringify(offenders)}`)
  await shop.stop().catch((error: unknown) => faults.push(`The shop does not end in order: ${String(error)}`))
  return faults
}

/**
 * A folder for everything. Of a run in which all held nothing stays behind, of another one the logs and the report;
 * with `--keep` all of it.
 */
function makeFolder({ keep }: Options): { path: string; isGreen: boolean } {
  const folder = { path: mkdtempSync(join(tmpdir(), 'order-flow-faults-')), isGreen: false }
  chmodSync(folder.path, 0o711) // PostgreSQL runs as a user of its own and must reach its part
  process.on('exit', () => {
    if (keep) return
    const paths = folder.isGreen ? [folder.path] : ENGINE_FOLDERS.map((name) => join(folder.path, name))
    for (const path of paths) rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  })
  return folder
}

/** What the run goes through. In a run by time the order is random, and goes on until the time is over. */
function* inOrder(
  scenarios: readonly Scenario[],
  { mode }: Options,
  random: Random,
  startedAtMs: number,
): Generator<[round: number, scenario: Scenario]> {
  if (mode.kind !== 'minutes') {
    for (const scenario of scenarios) yield [1, scenario]
    return
  }
  for (let round = 1; ; round += 1) {
    for (const scenario of random.shuffle(scenarios)) {
      if (performance.now() - startedAtMs > mode.minutes * 60_000) return
      yield [round, scenario]
    }
  }
}

function chosenScenarios({ only, mode, broker, dataFile }: Options): Scenario[] {
  const unknown = only.find((name) => SCENARIOS.every((scenario) => scenario.name !== name))
  if (unknown !== undefined) throw new Error(`There is no scenario "${unknown}"; --list names them.`)
  const chosen = SCENARIOS.filter(({ name, inShort, brokers, needsData }) => {
    if (only.length > 0) return only.includes(name)
    return brokers.includes(broker) && (!needsData || dataFile !== undefined) && (mode.kind !== 'short' || inShort)
  })
  const unfit = chosen.find(({ brokers }) => !brokers.includes(broker))
  if (unfit) throw new Error(`The scenario ${unfit.name} runs on ${unfit.brokers.join(' and ')} only.`)
  const hungry = chosen.find(({ needsData }) => needsData && dataFile === undefined)
  if (hungry) throw new Error(`The scenario ${hungry.name} needs a file of invoices: --data FILE.`)
  return chosen
}

function repeatOptions({ mode, broker, only }: Options): string {
  const how = mode.kind === 'short' ? '--short ' : mode.kind === 'minutes' ? `--minutes ${mode.minutes} ` : ''
  return `${how}--broker ${broker}${only.length > 0 ? ` --only ${only.join()}` : ''}`
}
