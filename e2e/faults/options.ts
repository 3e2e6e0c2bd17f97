import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { ServiceName } from '@order-flow/launcher/distributed'

export const USAGE = `Runs the shop as many processes on engines of its own, breaks it in every way listed, and checks that nothing is lost.

  npm run test:faults -- [options]

  --short            the most telling scenarios with short waits, within five minutes (for CI)
  --minutes N        scenarios in random order until N minutes are over
  --only NAME,...    only these scenarios
  --list             names the scenarios and the faults that they cover
  --seed N           makes the same random choices as the run that printed this seed
  --broker B         rabbitmq or kafka (default rabbitmq)
  --instances LIST   instances of each service, e.g. order-service=3,api-gateway=1 (default 2 of each)
  --rate N           orders a second while a scenario runs (default 25)
  --data FILE        invoices for the scenario replay-under-kills (.csv or .csv.gz); without it that one is left out
  --limit N          only the first N of its sales
  --report F.json    where the summary goes (default fault-report.json in the folder of the run)
  --keep             keeps the folder of the run, with all logs, also when everything is well
  --help             this text
`

export type BrokerName = 'rabbitmq' | 'kafka'

export interface Options {
  mode: { kind: 'all' } | { kind: 'short' } | { kind: 'minutes'; minutes: number }
  only: readonly string[]
  list: boolean
  seed: number
  broker: BrokerName
  instances: Partial<Record<ServiceName, number>>
  ordersPerSecond: number
  dataFile: string | undefined
  replayLimit: number | undefined
  reportFile: string | undefined
  keep: boolean
  help: boolean
}

/** Services that run twice unless told otherwise. */
const TWICE: readonly ServiceName[] = [
  'api-gateway',
  'identity-service',
  'order-service',
  'inventory-payment-service',
  'notification-chat-service',
]
const MAX_SEED = 2 ** 31

/** Reads the command line. Errors: a sentence with the way out. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      only: { type: 'string' },
      list: { type: 'boolean', default: false },
      seed: { type: 'string' },
      broker: { type: 'string', default: 'rabbitmq' },
      instances: { type: 'string' },
      rate: { type: 'string', default: '25' },
      data: { type: 'string' },
      limit: { type: 'string' },
      report: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.short && values.minutes !== undefined) throw new Error('--short and --minutes exclude each other.')
  return {
    mode: modeOf(values),
    only: values.only === undefined ? [] : values.only.split(','),
    list: values.list,
    seed: values.seed === undefined ? randomInt(MAX_SEED) : wholeNumber('--seed', values.seed, 0),
    broker: brokerOf(values.broker),
    instances: { ...Object.fromEntries(TWICE.map((service) => [service, 2])), ...instancesOf(values.instances) },
    ordersPerSecond: wholeNumber('--rate', values.rate, 1),
    dataFile: values.data,
    replayLimit: values.limit === undefined ? undefined : wholeNumber('--limit', values.limit, 1),
    reportFile: values.report,
    keep: values.keep,
    help: values.help,
  }
}

function modeOf({ short, minutes }: { short: boolean; minutes?: string | undefined }): Options['mode'] {
  if (short) return { kind: 'short' }
  if (minutes !== undefined) return { kind: 'minutes', minutes: wholeNumber('--minutes', minutes, 1) }
  return { kind: 'all' }
}

function brokerOf(text: string): BrokerName {
  if (text === 'rabbitmq' || text === 'kafka') return text
  throw new Error(`--broker takes rabbitmq or kafka, not "${text}".`)
}

function instancesOf(text: string | undefined): Record<string, number> {
  if (text === undefined) return {}
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [service = '', count = ''] = pair.split('=')
      if (TWICE.every((each) => each !== service)) throw new Error(`--instances names ${TWICE.join(', ')}; not "${service}".`)
      return [service, wholeNumber(`--instances ${service}`, count, 1)]
    }),
  )
}

function wholeNumber(option: string, text: string, min: number): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= min) return number
  throw new Error(`${option} takes a whole number from ${min}, not "${text}".`)
}
