import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, createLogger, messageOf } from '@order-flow/service-kit'
import { pino } from 'pino'
import { type Account, firstAccounts } from './accounts.ts'
import { openDataFolder } from './data-folder.ts'
import { type LogFile, openLogFile } from './log-file.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import type { Addresses, Shop } from './shop.ts'

const STOP_TIMEOUT_MS = 3000

/** `npm start`: starts the shop, says where everything is, stops on Ctrl-C. Sets the exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    const options = parseOptions(args, process.cwd())
    if (options.help) process.stdout.write(USAGE)
    else await run(options)
  } catch (error) {
    process.stderr.write(`\n${sentenceOf(error)}\n`)
    process.exit(1)
  }
}

async function run(options: Options): Promise<void> {
  // What the services write (databases, copies of configuration) is for this user alone.
  process.umask(0o077)
  const releaseFolder = openDataFolder(options.dataDir)
  const logPath = join(options.dataDir, 'logs', 'order-flow.log')
  const logFile = openLogFile(logPath)
  const logger = createLogger(
    'info',
    pino.multistream([
      { level: 'info', stream: logFile },
      { level: 'error', stream: { write: printError } },
    ]),
  )
  const { file, accounts } = firstAccounts(options.dataDir, options.demo)
  // Loaded only now: a mistake in the options is told at once.
  const { startShop } = await import('./shop.ts')
  const starting = startShop({
    dataDir: options.dataDir,
    logger,
    writeLog(lines) {
      logFile.write(lines)
      for (const line of lines.split('\n')) if (line.startsWith('{"level":"error"')) printError(line)
    },
    version: packageVersion(),
    gatewayPort: options.port,
    ephemeral: options.ephemeral,
    demo: options.demo,
    accounts,
    ...(options.configRepo !== undefined && { configRepo: options.configRepo }),
  })
  stopOnSignals(starting, () => {
    logFile.close()
    releaseFolder()
  })
  stopOnUnforeseen(logFile)
  // A terminal that is gone, or a full disk behind a redirection, is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const { addresses } = await starting
  if (options.readyFile !== undefined) writeReadyFile(options.readyFile, addresses)
  printWelcome({ addresses, accounts, accountsFile: file, dataDir: options.dataDir, logPath })
}

function stopOnSignals(starting: Promise<Shop>, release: () => void): void {
  let stopping = false
  async function stop(): Promise<void> {
    if (stopping) process.exit(130)
    stopping = true
    process.stdout.write('\nStopping ...\n')
    setTimeout(() => {
      process.stderr.write(`Not everything ended within ${STOP_TIMEOUT_MS} ms; what was accepted is safe on disk.\n`)
      process.exit(1)
    }, STOP_TIMEOUT_MS).unref()
    let exitCode = 0
    await starting
      .then(
        (shop) => shop.stop(),
        () => undefined,
      )
      .catch((error: unknown) => {
        exitCode = 1
        process.stderr.write(`Stopping did not go well: ${messageOf(error)}\n`)
      })
    release()
    if (exitCode === 0) process.stdout.write('Stopped. Everything is kept; the next start goes on from here.\n')
    process.exit(exitCode)
  }
  process.on('SIGINT', () => void stop())
  process.on('SIGTERM', () => void stop())
}

/** A bug: the state in memory can no longer be trusted, what is on disk can. */
function stopOnUnforeseen(logFile: LogFile): void {
  process.on('uncaughtException', (error) => {
    logFile.write(`${JSON.stringify({ level: 'fatal', time: new Date().toISOString(), msg: 'unforeseen error', stack: error.stack })}\n`)
    logFile.close()
    process.stderr.write(
      `\nOrder Flow stops after an unforeseen error: ${messageOf(error)}. The log has the details. What was accepted is safe; start again.\n`,
    )
    process.exit(1)
  })
}

/** Every line of level error also goes to the terminal, short. */
function printError(line: string): void {
  const { service, msg, err } = JSON.parse(line) as { service?: string; msg?: string; err?: { message?: string } } // pino's own line
  process.stderr.write(`[${service}] ${msg}${err?.message ? `: ${err.message}` : ''}\n`)
}

function writeReadyFile(path: string, addresses: Addresses): void {
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(addresses, null, 2)}\n`)
    renameSync(`${path}.new`, path)
  } catch (error) {
    throw new AppError('unavailable', `The ready file ${path} cannot be written (${messageOf(error)}). Choose another with --ready-file F.`)
  }
}

interface Welcome {
  addresses: Addresses
  accounts: Record<string, Account>
  accountsFile: string
  dataDir: string
  logPath: string
}

function printWelcome({ addresses, accounts, accountsFile, dataDir, logPath }: Welcome): void {
  const { gateway, ...others } = addresses
  const places = Object.entries(others).map(([part, url]) => `  ${part.padEnd(14)} ${url}`)
  const people = Object.entries(accounts).map(([role, { email, password }]) => `  ${role.padEnd(14)} ${email.padEnd(32)} ${password}`)
  const readySeconds = (performance.now() / 1000).toFixed(1)
  process.stdout.write(
    [
      '',
      `Order Flow is ready after ${readySeconds} s. Open the shop:`,
      '',
      `  ${gateway}`,
      '',
      'Behind the gateway, on this machine only:',
      ...places,
      '',
      `Sign-ins (kept in ${accountsFile}):`,
      ...people,
      '',
      `Data: ${dataDir}   Log: ${logPath}   Stop: Ctrl-C`,
      '',
    ].join('\n'),
  )
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof AppError)) return `Order Flow could not start: ${messageOf(error)}`
  if (error.problem !== 'port-in-use') return error.message
  return `${error.message} Stop that program, or start with --port N (the gateway's port) or --ephemeral (every other port chosen by the system).`
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as { version: string } // npm's own format
  return manifest.version
}
