import { parseArgs } from 'node:util'
import { httpUrl, positiveNumber, wholeNumber, wrongUse } from '../arguments.ts'

export const USAGE = `Usage: npm run replay -- FILE.csv[.gz] [options]

Imports the catalogue and the customers of an invoice file into a running system, replays its sales as orders and its
cancellations as cancellations or returns, and reconciles the result. Run again, it continues and repeats nothing.

  --limit N        only the first N sales (default: all)
  --speed max|N    as fast as they are confirmed, or N orders a second (default: max)
  --gateway URL    the system's gateway (default: http://127.0.0.1:8080)
  --data DIR       the system's data folder, for the operator's sign-in (default: ./data)
  --report F.json  also write the result as JSON
  --help           this text
`

export interface ReplayOptions {
  file: string
  /** Sales to replay; undefined for all. */
  limit: number | undefined
  /** Orders per second; undefined for as fast as possible. */
  ordersPerSecond: number | undefined
  gatewayUrl: string
  dataFolder: string
  reportFile: string | undefined
}

const COMMAND = 'npm run replay'

/** Reads the command line; 'help' when that is asked for. A wrong one is a Failure (exit code 2). */
export function parseOptions(args: string[]): ReplayOptions | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [file, ...more] = positionals
  if (!file || more.length > 0)
    throw wrongUse(COMMAND, file ? `One file is replayed at a time, not also ${more.join(', ')}` : 'Which file is to be replayed?')
  return {
    file,
    limit: values.limit === undefined ? undefined : wholeNumber(COMMAND, '--limit', values.limit),
    ordersPerSecond: values.speed === 'max' ? undefined : positiveNumber(COMMAND, '--speed', values.speed),
    gatewayUrl: httpUrl(COMMAND, '--gateway', values.gateway),
    dataFolder: values.data,
    reportFile: values.report,
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        limit: { type: 'string' },
        speed: { type: 'string', default: 'max' },
        gateway: { type: 'string', default: 'http://127.0.0.1:8080' },
        data: { type: 'string', default: 'data' },
        report: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw wrongUse(COMMAND, error instanceof Error ? error.message : String(error))
  }
}
