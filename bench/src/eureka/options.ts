import { parseArgs } from 'node:util'
import { httpUrl, wholeNumber, wrongUse } from '../arguments.ts'

export const USAGE = `Usage: npm run bench -- eureka [options]

Registers instances in our registry and in Java's, each a process of its own on this machine, and measures both in the
same way: heartbeats, full and delta reads, memory, and how soon others see that an instance has come or died.

  --instances L        how many are registered, e.g. 1000,10000 (default: 1000,10000,100000)
  --per-application N  instances of each application (default: 100)
  --server S           ours, java or both (default: both, where Java's server is built)
  --seconds N          how long each load is measured (default: 10)
  --warm-up N          seconds of load before that, once for each registry (default: 20)
  --connections N      connections that ask at the same time (default: 32; full reads: 8 at most)
  --samples N          registrations whose way to others is timed (default: 500; a tenth of it die)
  --java-options=O     options of the Java virtual machine, e.g. --java-options=-Xmx512m (default: none)
  --profile            also where our registry spends its CPU time (costs some speed)
  --json F             where the results are written as JSON (default: a new file in bench/results)
  --url URL            measure an empty registry that runs at http://host:port instead; what is registered is removed again
  --help               this text

Java's server is built by \`npm run eureka:build -w interop\`; ORDER_FLOW_EUREKA_JAVA names another folder of such programs.
`

export interface EurekaOptions {
  instances: number[]
  perApplication: number
  /** Undefined: both, where Java's server is built. */
  server: 'ours' | 'java' | 'both' | undefined
  seconds: number
  warmUpSeconds: number
  connections: number
  samples: number
  javaOptions: string[]
  profile: boolean
  /** Undefined: a file of its own in bench/results. */
  jsonFile: string | undefined
  /** Undefined: start registries of our own. */
  url: string | undefined
}

const COMMAND = 'npm run bench'
const SERVERS = ['ours', 'java', 'both'] as const

/** Reads the command line after `eureka`; 'help' when that is asked for. A wrong one is a Failure (exit code 2). */
export function parseOptions(args: string[]): EurekaOptions | 'help' {
  const values = parsed(args)
  if (values.help) return 'help'
  const { server, url, json } = values
  if (url !== undefined && server !== undefined) throw wrongUse(COMMAND, '--server is for registries that are started, not with --url')
  if (url !== undefined && values.profile)
    throw wrongUse(COMMAND, '--profile needs a registry of its own: leave out --url, or start that one with Node’s --cpu-prof')
  return {
    instances: values.instances.split(',').map((text) => wholeNumber(COMMAND, '--instances', text)),
    perApplication: wholeNumber(COMMAND, '--per-application', values['per-application']),
    server: server === undefined ? undefined : oneOfServers(server),
    seconds: wholeNumber(COMMAND, '--seconds', values.seconds),
    warmUpSeconds: wholeNumber(COMMAND, '--warm-up', values['warm-up']),
    connections: wholeNumber(COMMAND, '--connections', values.connections),
    samples: wholeNumber(COMMAND, '--samples', values.samples),
    javaOptions: values['java-options'].split(' ').filter((option) => option !== ''),
    profile: values.profile,
    jsonFile: json,
    url: url === undefined ? undefined : httpUrl(COMMAND, '--url', url),
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        instances: { type: 'string', default: '1000,10000,100000' },
        'per-application': { type: 'string', default: '100' },
        server: { type: 'string' },
        seconds: { type: 'string', default: '10' },
        'warm-up': { type: 'string', default: '20' },
        connections: { type: 'string', default: '32' },
        samples: { type: 'string', default: '500' },
        'java-options': { type: 'string', default: '' },
        profile: { type: 'boolean', default: false },
        json: { type: 'string' },
        url: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw wrongUse(COMMAND, error instanceof Error ? error.message : String(error))
  }
}

function oneOfServers(text: string) {
  const found = SERVERS.find((value) => value === text)
  if (found) return found
  throw wrongUse(COMMAND, `--server takes one of ${SERVERS.join(', ')}, not "${text}"`)
}
