import { writeFile } from 'node:fs/promises'
import { runCommand } from './command.ts'
import { runEurekaBench } from './eureka/bench.ts'
import { USAGE as EUREKA_USAGE, parseOptions as parseEurekaOptions } from './eureka/options.ts'
import { formatResults as formatEurekaResults } from './eureka/results-text.ts'
import { runBench } from './orders/bench.ts'
import { parseOptions, USAGE } from './orders/options.ts'
import { resultFile, writeResults } from './orders/result-files.ts'
import { formatResults } from './orders/results-text.ts'
import { resultPath } from './result-path.ts'

const log = (line: string) => process.stderr.write(`${line}\n`)
const [benchmark, ...args] = process.argv.slice(2)

await runCommand((signal) => (benchmark === 'eureka' ? eureka(signal) : orders(signal)))

async function orders(signal: AbortSignal): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') return show(`${USAGE}\n${EUREKA_USAGE}`)
  const path = await resultFile(options, new Date())
  const results = await runBench({ options, log, signal })
  process.stdout.write(formatResults(results))
  process.stdout.write(`Written: ${(await writeResults(path, results)).join(', ')}\n`)
  return results.invariants && results.invariants.broken.length > 0 ? 1 : 0
}

async function eureka(signal: AbortSignal): Promise<number> {
  const options = parseEurekaOptions(args)
  if (options === 'help') return show(EUREKA_USAGE)
  const path = await resultPath(options.jsonFile, 'eureka', new Date())
  const results = await runEurekaBench({ options, log, signal })
  await writeFile(path, `${JSON.stringify(results, undefined, 2)}\n`)
  process.stdout.write(formatEurekaResults(results))
  process.stdout.write(`Written: ${path}\n`)
  return 0
}

function show(text: string): number {
  process.stdout.write(text)
  return 0
}
