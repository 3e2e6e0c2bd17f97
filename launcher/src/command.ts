import { join } from 'node:path'
import { createLogger, messageOf, projectVersion } from '@order-flow/service-kit'
import { pino } from 'pino'
import { firstAccounts } from './accounts.ts'
import { openDataFolder } from './data-folder.ts'
import { type LogFile, openLogFile } from './log-file.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import { writeReadyFile } from './ready-file.ts'
import { startSentence } from './start-error.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { welcomeText } from './welcome.ts'

const STOP_TIMEOUT_MS = 3000

/** `npm start`: starts the shop, says where everything is, stops on Ctrl-C. Sets the exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    const options = parseOptions(args, process.cwd())
    if (options.help) process.stdout.write(USAGE)
    else await run(options)
  } catch (error) {
    process.stderr.write(`\n${startSentence(error)}\n`)
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
    version: projectVersion(),
    gatewayPort: options.port,
    ephemeral: options.ephemeral,
    demo: options.demo,
    accounts,
    ...(options.configRepo !== undefined && { configRepo: options.configRepo }),
  })
  stopOnSignals({
    timeoutMs: STOP_TIMEOUT_MS,
    cut: () => undefined, // it all ends with this process
    async stop() {
      const shop = await starting.catch(() => undefined)
      try {
        await shop?.stop()
      } finally {
        logFile.close()
        releaseFolder()
      }
    },
  })
  stopOnUnforeseen(logFile)
  // A terminal that is gone, or a full disk behind a redirection, is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const { addresses } = await starting
  if (options.readyFile !== undefined) writeReadyFile(options.readyFile, addresses)
  process.stdout.write(welcomeText({ addresses, accounts, accountsFile: file, dataDir: options.dataDir, logPath }))
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
