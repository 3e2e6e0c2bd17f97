import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError, messageOf } from '@order-flow/service-kit'

export interface Options {
  /** The gateway's port; undefined: as configured (8080). 0: chosen by the system. */
  port: number | undefined
  dataDir: string
  /** Every port but the gateway's is chosen by the system. */
  ephemeral: boolean
  /** File that is written when everything is ready. */
  readyFile: string | undefined
  /** Seeds the demo shop and its accounts at the first start. */
  demo: boolean
  /** Folder of configuration files; undefined: config-repo of this checkout. */
  configRepo: string | undefined
  help: boolean
}

export const USAGE = `Starts the whole shop in one process.

  npm start -- [options]

  --port N         port of the gateway (default 8080; 0: chosen by the system)
  --data DIR       folder for all data (default ./data)
  --ephemeral      every other port is chosen by the system
  --ready-file F   writes the addresses to F as JSON when everything is ready
  --config DIR     folder of configuration files (default config-repo of this checkout)
  --no-demo        no demo shop and demo accounts; only an administrator is made
  --help           this text
`

/** Reads the command line. Errors: `invalid` with a sentence and the way out. */
export function parseOptions(args: readonly string[], cwd: string): Options {
  const values = parseValues(args, OPTIONS, 'npm start')
  return toOptions(values, cwd)
}

/** The options that both ways of starting have. */
export const OPTIONS = {
  port: { type: 'string' },
  data: { type: 'string' },
  ephemeral: { type: 'boolean' },
  'ready-file': { type: 'string' },
  config: { type: 'string' },
  'no-demo': { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** The words of a command line by their options. Errors: `invalid`. */
export function parseValues<T extends Record<string, { type: 'string' | 'boolean' }>>(
  args: readonly string[],
  options: T,
  command: string,
) {
  try {
    return parseArgs({ args: [...args], strict: true, allowPositionals: false, options }).values
  } catch (error) {
    const reason = messageOf(error).split('. ')[0]?.replace(/\.$/, '')
    throw new AppError('invalid', `${reason}. "${command} -- --help" lists the options.`)
  }
}

export function toOptions(values: ReturnType<typeof parseValues<typeof OPTIONS>>, cwd: string): Options {
  return {
    port: values.port === undefined ? undefined : parsePort(values.port),
    dataDir: resolve(cwd, values.data ?? 'data'),
    ephemeral: values.ephemeral ?? false,
    readyFile: values['ready-file'] === undefined ? undefined : resolve(cwd, values['ready-file']),
    demo: !values['no-demo'],
    configRepo: values.config === undefined ? undefined : resolve(cwd, values.config),
    help: values.help ?? false,
  }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new AppError('invalid', `--port takes a number from 0 to 65535, not "${text}".`)
}
