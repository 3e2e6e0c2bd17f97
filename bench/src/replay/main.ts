import { writeFile } from 'node:fs/promises'
import { checkWritable } from '../arguments.ts'
import { runCommand } from '../command.ts'
import { readInvoiceFile } from './invoice-file.ts'
import { parseOptions, USAGE } from './options.ts'
import { makePlan } from './plan.ts'
import { createProgress } from './progress.ts'
import { replay } from './replay.ts'
import { formatReport } from './report-text.ts'

await runCommand(async (signal) => {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  if (options.reportFile !== undefined) await checkWritable(options.reportFile)
  const plan = makePlan(await readInvoiceFile(options.file), options.limit)
  const { report, differences } = await replay({ options, progress: createProgress(process.stderr), signal }, plan)
  process.stdout.write(formatReport(report, differences))
  if (options.reportFile !== undefined) await writeFile(options.reportFile, `${JSON.stringify(report, undefined, 2)}\n`)
  return differences.length === 0 ? 0 : 1
})
