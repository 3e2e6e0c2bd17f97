import { messageOf } from '@order-flow/service-kit'
import { writeReadyFile } from '../ready-file.ts'
import { startSentence } from '../start-error.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { welcomeText } from '../welcome.ts'
import { type DistributedCommand, parseOptions, USAGE } from './options.ts'
import { type DistributedShop, startDistributed } from './shop.ts'

/** A process ends within 11 s, at most four steps follow each other, and most take no time. */
const STOP_TIMEOUT_MS = 30_000

/** `npm run start:distributed`: starts every service, says where everything is, stops on Ctrl-C. Sets the exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    const command = parseOptions(args, process.env, process.cwd())
    if (command.help) process.stdout.write(USAGE)
    else await run(command)
  } catch (error) {
    process.stderr.write(`\n${startSentence(error)}\n`)
    process.exit(1)
  }
}

async function run({ port, readyFile, ...command }: DistributedCommand): Promise<void> {
  // What is written (passwords, logs) is for this user alone.
  process.umask(0o077)
  // A terminal that is gone, or a full disk behind a redirection, is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const stopping = new AbortController()
  const starting = startDistributed({ ...command, gatewayPort: port, print, signal: stopping.signal })
  let shop: DistributedShop | undefined
  stopOnSignals({
    timeoutMs: STOP_TIMEOUT_MS,
    async stop() {
      stopping.abort()
      await starting.catch(() => undefined) // given up, or about to be told
      await shop?.stop()
    },
    // Without this process the others end by themselves.
    cut: () => shop?.cut(),
  })
  stopOnUnforeseen()
  shop = await starting.catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
    return undefined
  })
  if (!shop || stopping.signal.aborted) return
  if (readyFile !== undefined) keepReadyFile(readyFile, shop)
  const others = shop.instances.filter(({ index }) => index > 1).map(({ service, index, url }) => ({ name: `${service}#${index}`, url }))
  process.stdout.write(welcomeText({ ...shop, addresses: shop.addresses, dataDir: command.dataDir, others }))
}

/** A bug. Without this process the services end by themselves, in order. */
function stopOnUnforeseen(): void {
  process.on('uncaughtException', (error) => {
    print(`\nThe supervisor stops after an unforeseen error, and with it every service: ${error.stack ?? messageOf(error)}`)
    process.exit(1)
  })
}

function print(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A process that was started again has another id, and sometimes another address. */
function keepReadyFile(path: string, shop: DistributedShop): void {
  const write = () => writeReadyFile(path, { ...shop.addresses, instances: shop.instances })
  write()
  shop.onReady(() => {
    try {
      write()
    } catch (error) {
      print(messageOf(error)) // a full disk is no reason to stop
    }
  })
}
