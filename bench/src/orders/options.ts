import { parseArgs } from 'node:util'
import { httpUrl, positiveNumber, wholeNumber, wrongUse } from '../arguments.ts'

export const USAGE = `Usage: npm run bench -- orders [options]

Places orders over HTTP through the gateway at times fixed beforehand, listens on real sockets, and measures what is
accepted and completed, for a spread catalogue and for one hot product. Without --gateway it starts a system of its own
with a fresh data folder, and stops it at the end.

  --rate N|search  N orders a second, or the highest rate that is sustained (default: search)
  --seconds N      how long each result is measured (default: 20)
  --customers N    customers who order (default: 20)
  --sockets N      sockets that listen, at least one per customer (default: one per customer)
  --json F         where the results are written as JSON (default: bench-orders.json)
  --gateway URL    measure a running system instead
  --data DIR       its data folder, for the operator's sign-in (default: ./data)
  --help           this text
`

export interface BenchOptions {
  /** Undefined: search for the highest sustained rate. */
  ordersPerSecond: number | undefined
  seconds: number
  customers: number
  sockets: number
  jsonFile: string
  /** Undefined: start a system of our own. */
  gatewayUrl: string | undefined
  dataFolder: string
}

const COMMAND = 'npm run bench'

/** Reads the command line after \`orders\`; 'help' when that is asked for. A wrong one is a Failure (exit code 2). */
export function parseOptions(args: string[]): BenchOptions | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  if (positionals.join(' ') !== 'orders') throw wrongUse(COMMAND, `There is one benchmark, "orders", not "${positionals.join(' ')}"`)
  const customers = wholeNumber(COMMAND, '--customers', values.customers)
  const sockets = values.sockets === undefined ? customers : wholeNumber(COMMAND, '--sockets', values.sockets)
  if (sockets < customers)
    throw wrongUse(COMMAND, `--sockets takes at least the number of customers (${customers}): each listens for its own orders`)
  return {
    ordersPerSecond: values.rate === 'search' ? undefined : positiveNumber(COMMAND, '--rate', values.rate),
    seconds: wholeNumber(COMMAND, '--seconds', values.seconds),
    customers,
    sockets,
    jsonFile: values.json,
    gatewayUrl: values.gateway === undefined ? undefined : httpUrl(COMMAND, '--gateway', values.gateway),
    dataFolder: values.data,
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        rate: { type: 'string', default: 'search' },
        seconds: { type: 'string', default: '20' },
        customers: { type: 'string', default: '20' },
        sockets: { type: 'string' },
        json: { type: 'string', default: 'bench-orders.json' },
        gateway: { type: 'string' },
        data: { type: 'string', default: 'data' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw wrongUse(COMMAND, error instanceof Error ? error.message : String(error))
  }
}
