import { runCommand } from './command.ts'
import { runBench } from './orders/bench.ts'
import { parseOptions, USAGE } from './orders/options.ts'
import { resultFile, writeResults } from './orders/result-files.ts'
import { formatResults } from './orders/results-text.ts'

await runCommand(async (signal) => {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  const path = await resultFile(options, new Date())
  const results = await runBench({ options, log: (line) => process.stderr.write(`${line}\n`), signal })
  process.stdout.write(formatResults(results))
  process.stdout.write(`Written: ${(await writeResults(path, results)).join(', ')}\n`)
  return results.invariants && results.invariants.broken.length > 0 ? 1 : 0
})
