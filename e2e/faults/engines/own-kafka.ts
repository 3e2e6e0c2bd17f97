import { join } from 'node:path'
import type { OwnBroker } from './own-broker.ts'
import { type OwnProcess, startProcess, waitUntil } from './own-process.ts'

const START_SCRIPT = join(import.meta.dirname, '..', '..', '..', 'interop', 'kafka', 'start.mjs')
const START_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 30_000
const STARTED = 'Kafka answers at'

/** Makes a new Kafka broker in `folder` and starts it, from the parts that `interop/kafka` fetches once (JDK 17, Maven). */
export async function startOwnKafka(folder: string, { port, reachedAt }: { port: number; reachedAt: number }): Promise<OwnBroker> {
  const args = [START_SCRIPT, '--port', String(port), '--data', join(folder, 'kafka')]
  args.push('--set', `advertised.listeners=PLAINTEXT://127.0.0.1:${reachedAt}`)
  let broker: OwnProcess | undefined

  async function start(): Promise<void> {
    if (broker?.isRunning()) return
    const started = startProcess(process.execPath, args)
    broker = started
    await waitUntil(
      () => {
        if (!started.isRunning()) throw new Error(`Kafka has ended:\n${started.output()}`)
        return started.output().includes(STARTED)
      },
      START_TIMEOUT_MS,
      'Kafka does not start within 90 s.',
    )
  }

  await start()
  return {
    name: 'kafka',
    port,
    start,
    async stop(how) {
      if (how === 'kill') broker?.kill()
      else broker?.signal('SIGTERM')
      await broker?.ended(STOP_TIMEOUT_MS)
    },
    setAlarm: () => Promise.reject(new Error('Kafka has no such alarm.')),
    unreadable: async () => undefined,
    async close() {
      broker?.kill()
      await broker?.ended(STOP_TIMEOUT_MS)
    },
  }
}
