import { writeFile } from 'node:fs/promises'
import { checkWritable } from './arguments.ts'
import { runCommand } from './command.ts'
import { runBench } from './orders/bench.ts'
import { parseOptions, USAGE } from './orders/options.ts'
import { formatResults } from './orders/results-text.ts'

await runCommand(async (signal) => {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  await checkWritable(options.jsonFile)
  const results = await runBench({ options, log: (line) => process.stderr.write(`${line}\n`), signal })
  process.stdout.write(formatResults(results))
  await writeFile(options.jsonFile, `${JSON.stringify(results, undefined, 2)}\n`)
  return 0
})
