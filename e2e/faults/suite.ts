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

/** Runs what the options ask for; answers the exit code. `print` takes lines for the terminal; `stop` ends it early. */
export async function runSuite(options: Options, print: (line: string) => void, stop: AbortSignal): Promise<number> {
  const scenarios = chosenScenarios(options)
  const random = createRandom(options.seed)
  const folder = mkdtempSync(join(tmpdir(), 'order-flow-faults-'))
  chmodSync(folder, 0o711) // PostgreSQL runs as a user of its own and must reach its part
  let isGreen = false
  // Whatever happens, nothing stays behind that nobody asked for.
  const removeFolder = () => {
    if (!options.keep && (isGreen || stop.aborted)) rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', removeFolder)
  print(`Seed ${options.seed}; ${options.broker}; everything is in ${folder}.`)
  const startedAtMs = performance.now()
  const shop = await startTestShop({ folder, options, random: random.fork('shop') })
  try {
    print(`The shop is open after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s.`)
    const verdicts: Verdict[] = []
    for (const [round, scenario] of inOrder(scenarios, options, random.fork('order'), startedAtMs)) {
      if (stop.aborted) break
      const verdict = await runScenario(scenario, { shop, random: random.fork(`${scenario.name} ${round}`), options })
      verdicts.push(verdict)
      print(describeVerdict(verdict))
      writeReport(options.reportFile ?? join(folder, 'fault-report.json'), { options, verdicts })
    }
    print(describeAll(verdicts))
    isGreen = verdicts.length > 0 && verdicts.every(({ faults }) => faults.length === 0)
    if (!isGreen) print(`Again: npm run test:faults -- --seed ${options.seed} ${repeatOptions(options)}. Logs: ${shop.logFile}`)
    return isGreen ? 0 : 1
  } finally {
    await shop.close()
  }
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
