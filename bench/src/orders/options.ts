import { parseArgs } from 'node:util'
import { httpUrl, positiveNumber, wholeNumber, wrongUse } from '../arguments.ts'
import { SCENARIOS, type ScenarioName } from './scenarios.ts'

export const USAGE = `Usage: npm run bench -- orders [options]

Places orders over HTTP through the gateway at times fixed beforehand, listens on real sockets, and measures what is
accepted and completed, what each process costs, and where the time goes. It starts a system of its own, and stops it at
the end; with --gateway it measures the one that runs.

  --mode M         embedded: one process; rabbitmq, kafka: a process for each service (default: embedded)
  --database-url U PostgreSQL of rabbitmq and kafka (default: postgres://postgres@127.0.0.1:5432/postgres)
  --broker-url U   RabbitMQ or Kafka (default: amqp://guest:guest@127.0.0.1:5672, 127.0.0.1:9092)
  --instances L    of rabbitmq and kafka, e.g. order-service=2,api-gateway=2 (default: one of each)
  --rate N|search  N orders a second, or the highest rate that is sustained (default: search)
  --seconds N      how long each result is measured (default: 20)
  --scenario S     spread: 1 to 3 of 500 products; hot: always the same one; both (default: both)
  --overload N     afterwards N times that rate for 30 s: what is refused, and whether all that is accepted ends
  --customers N    customers who order (default: 20)
  --sockets N      sockets that listen, at least one per customer (default: one per customer)
  --profile        also where each process spends its CPU time (of a system of its own; costs some speed)
  --json F         where the results are written as JSON, with a plot F.svg (default: a new file in bench/results)
  --gateway URL    measure a running system instead, started as --mode says
  --data DIR       its data folder, for the operator's sign-in (default: ./data)
  --help           this text
`

export const MODES = ['embedded', 'rabbitmq', 'kafka'] as const
export type Mode = (typeof MODES)[number]

export interface BenchOptions {
  mode: Mode
  /** Undefined: the usual address on this machine. */
  databaseUrl: string | undefined
  brokerUrl: string | undefined
  /** Services of which there is more than one. */
  instances: Record<string, number>
  /** Undefined: search for the highest sustained rate. */
  ordersPerSecond: number | undefined
  seconds: number
  scenarios: ScenarioName[]
  /** Times the rate that was measured; undefined: no overload. */
  overload: number | undefined
  customers: number
  sockets: number
  profile: boolean
  /** Undefined: a file of its own in bench/results. */
  jsonFile: string | undefined
  /** Undefined: start a system of our own. */
  gatewayUrl: string | undefined
  dataFolder: string
}

const COMMAND = 'npm run bench'

/** Reads the command line after \`orders\`; 'help' when that is asked for. A wrong one is a Failure (exit code 2). */
export function parseOptions(args: string[]): BenchOptions | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  if (positionals.join(' ') !== 'orders')
    throw wrongUse(COMMAND, `The benchmarks are "orders" and "eureka", not "${positionals.join(' ')}"`)
  const customers = wholeNumber(COMMAND, '--customers', values.customers)
  const sockets = values.sockets === undefined ? customers : wholeNumber(COMMAND, '--sockets', values.sockets)
  if (sockets < customers)
    throw wrongUse(COMMAND, `--sockets takes at least the number of customers (${customers}): each listens for its own orders`)
  if (values.gateway !== undefined && values.profile)
    throw wrongUse(COMMAND, '--profile needs a system of its own: leave out --gateway, or start that system with Node’s --cpu-prof')
  const mode = oneOf('--mode', MODES, values.mode)
  const instances = instancesOf(values.instances)
  if (mode === 'embedded' && Object.keys(instances).length > 0)
    throw wrongUse(COMMAND, '--instances is for the modes rabbitmq and kafka: embedded is one process')
  const { rate, overload, gateway } = values
  return {
    mode,
    databaseUrl: values['database-url'],
    brokerUrl: values['broker-url'],
    instances,
    ordersPerSecond: rate === 'search' ? undefined : positiveNumber(COMMAND, '--rate', rate),
    seconds: wholeNumber(COMMAND, '--seconds', values.seconds),
    scenarios: values.scenario === 'both' ? [...SCENARIOS] : [oneOf('--scenario', SCENARIOS, values.scenario)],
    overload: overload === undefined ? undefined : positiveNumber(COMMAND, '--overload', overload),
    customers,
    sockets,
    profile: values.profile,
    jsonFile: values.json,
    gatewayUrl: gateway === undefined ? undefined : httpUrl(COMMAND, '--gateway', gateway),
    dataFolder: values.data,
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        mode: { type: 'string', default: 'embedded' },
        'database-url': { type: 'string' },
        'broker-url': { type: 'string' },
        instances: { type: 'string', default: '' },
        rate: { type: 'string', default: 'search' },
        seconds: { type: 'string', default: '20' },
        scenario: { type: 'string', default: 'both' },
        overload: { type: 'string' },
        customers: { type: 'string', default: '20' },
        sockets: { type: 'string' },
        profile: { type: 'boolean', default: false },
        json: { type: 'string' },
        gateway: { type: 'string' },
        data: { type: 'string', default: 'data' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw wrongUse(COMMAND, error instanceof Error ? error.message : String(error))
  }
}

function oneOf<T extends string>(option: string, allowed: readonly T[], text: string): T {
  const found = allowed.find((value) => value === text)
  if (found) return found
  throw wrongUse(COMMAND, `${option} takes one of ${allowed.join(', ')}, not "${text}"`)
}

/** `order-service=2,api-gateway=2`; whether there are such services is for the launcher to say. */
function instancesOf(text: string): Record<string, number> {
  const entries = text.split(',').filter((entry) => entry !== '')
  return Object.fromEntries(
    entries.map((entry) => {
      const [, service, count] = /^([a-z-]+)=([1-9]\d?)$/.exec(entry) ?? []
      if (service !== undefined) return [service, Number(count)]
      throw wrongUse(COMMAND, `--instances takes a list like order-service=2,api-gateway=2, not "${text}"`)
    }),
  )
}
