import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SCRIPT_FOLDER = join(import.meta.dirname, '../../../interop/kafka')

/** Whether a Kafka of our own can be started here without fetching it first; where engines are required, it is fetched. */
export const canStartKafka =
  Boolean(process.env.ORDER_FLOW_REQUIRE_ENGINES) ||
  (existsSync(join(SCRIPT_FOLDER, 'target')) && readdirSync(join(SCRIPT_FOLDER, 'target')).some((name) => /^kafka-[\d.]+$/.test(name)))

/** A Kafka server of this test alone, which may be killed and started again with what it had. */
export type KafkaServer = Awaited<ReturnType<typeof createKafkaServer>>

export async function createKafkaServer(settings: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'order-flow-kafka-test-'))
  const [port, loginPort] = [await freePort(), await freePort()]
  const args = ['--port', `${port}`, '--login-port', `${loginPort}`, '--data', folder, ...settings.flatMap((setting) => ['--set', setting])]
  let script: ChildProcess | undefined
  let serverPid = 0

  return {
    url: `127.0.0.1:${port}`,
    loginAt: `127.0.0.1:${loginPort}`,
    async start(): Promise<void> {
      const starting = spawn(process.execPath, [join(SCRIPT_FOLDER, 'start.mjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      script = starting
      serverPid = await new Promise((resolve, reject) => {
        let said = ''
        const hear = (text: unknown) => {
          said += text
          const pid = /\(process (\d+)/.exec(said)?.[1]
          if (pid) resolve(Number(pid))
        }
        starting.stdout.on('data', hear)
        starting.stderr.on('data', hear)
        starting.on('exit', () => reject(new Error(`Kafka did not start: ${said}`)))
      })
    },
    /** As when the machine loses its power. */
    async kill(): Promise<void> {
      const ended = exitOf(script)
      process.kill(serverPid, 'SIGKILL')
      await ended
    },
    async remove(): Promise<void> {
      const ended = exitOf(script)
      script?.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function exitOf(script: ChildProcess | undefined): Promise<void> {
  if (script && script.exitCode === null && script.signalCode === null) await new Promise((resolve) => script.once('exit', resolve))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('The port is not known.')
  return address.port
}
