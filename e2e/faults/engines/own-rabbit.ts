import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { OwnBroker } from './own-broker.ts'
import { freePort, type OwnProcess, PATH, startProcess, waitUntil } from './own-process.ts'

const SCRIPTS = '/usr/lib/rabbitmq/bin'
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000
const CONTROL_TIMEOUT_MS = 30_000
const STARTED = 'Server startup complete'
const DEFAULT_WATERMARK = '0.4'
const RAISED_WATERMARK = '0.000001'
const run = promisify(execFile)

/** Makes a new node in `folder` and starts it, with a port mapper (epmd) of its own. Nothing of an installed node is touched. */
export async function startOwnRabbit(folder: string, port: number): Promise<OwnBroker> {
  if (!existsSync(join(SCRIPTS, 'rabbitmq-server'))) {
    throw new Error('RabbitMQ is not installed: the fault suite needs its server programs (Debian: apt-get install rabbitmq-server).')
  }
  const home = join(folder, 'rabbitmq')
  const env = await prepare(home, port)
  const mapper = startProcess('epmd', ['-port', env.ERL_EPMD_PORT, '-address', '127.0.0.1'], { env })
  let node: OwnProcess | undefined

  async function start(): Promise<void> {
    if (node?.isRunning()) return
    const started = startProcess(join(SCRIPTS, 'rabbitmq-server'), [], { env, cwd: home })
    node = started
    await waitUntil(
      () => {
        if (!started.isRunning()) throw new Error(`RabbitMQ has ended:\n${started.output()}`)
        return started.output().includes(STARTED)
      },
      START_TIMEOUT_MS,
      'RabbitMQ does not start within a minute.',
    )
  }

  async function control(...args: string[]): Promise<string> {
    const { stdout } = await run(join(SCRIPTS, 'rabbitmqctl'), args, { env: { PATH, ...env }, timeout: CONTROL_TIMEOUT_MS })
    return stdout
  }

  await start()
  return {
    name: 'rabbitmq',
    port,
    start,
    async stop(how) {
      if (how === 'kill') node?.kill()
      else node?.signal('SIGTERM')
      await node?.ended(STOP_TIMEOUT_MS)
    },
    async setAlarm(isRaised) {
      const watermark = isRaised ? RAISED_WATERMARK : DEFAULT_WATERMARK
      await control('set_vm_memory_high_watermark', watermark)
    },
    async unreadable(group) {
      const queues = await control('list_queues', '--silent', 'name', 'messages')
      const line = queues.split('\n').find((each) => each.split('\t')[0]?.endsWith(`.${group}.dead`))
      return Number(line?.split('\t')[1] ?? 0)
    },
    async close() {
      node?.kill()
      await node?.ended(STOP_TIMEOUT_MS)
      mapper.kill()
      await mapper.ended(STOP_TIMEOUT_MS)
    },
  }
}

/** Writes the node's configuration; answers the environment that makes all of it the suite's own. */
async function prepare(home: string, port: number) {
  mkdirSync(home, { mode: 0o700 })
  const configFile = join(home, 'rabbitmq.conf')
  const pluginsFile = join(home, 'enabled_plugins')
  writeFileSync(configFile, `listeners.tcp.local = 127.0.0.1:${port}\nlog.console = true\nlog.console.level = info\nlog.file = false\n`)
  writeFileSync(pluginsFile, '[].\n')
  return {
    HOME: home, // where Erlang keeps its cookie
    ERL_EPMD_PORT: String(await freePort()),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: configFile,
    RABBITMQ_ENABLED_PLUGINS_FILE: pluginsFile,
    RABBITMQ_NODENAME: 'faults@localhost',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_PID_FILE: join(home, 'pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // The start script becomes the node itself then, so that signals reach it.
    RUNNING_UNDER_SYSTEMD: '1',
  }
}
