// Starts a real Kafka broker for tests: one node, on this machine's loopback only, from the parts that Maven publishes.
//   node interop/kafka/start.mjs [--port 9092] [--login-port PORT] [--data FOLDER] [--set NAME=VALUE]... [--fetch]
// It needs a JDK 17 or later and, the first time, Maven. It prints one line when the broker answers and goes on until
// SIGTERM or Ctrl-C. Without --data everything is kept in a temporary folder and removed at the end. At --login-port it lets
// in who signs in (SASL/PLAIN) as "tester" with the password "secret". --set gives the broker a setting of its own; --fetch
// only fetches what is needed. Not for users: they get Kafka from docker-compose.yml.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs, promisify } from 'node:util'

const HERE = import.meta.dirname
const HOST = '127.0.0.1'
// It takes 3 s on a machine that is not busy.
const START_TIMEOUT_MS = 180_000
const STOP_TIMEOUT_MS = 15_000
const PLAIN_LOGIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const run = promisify(execFile)

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '9092' },
    'login-port': { type: 'string' },
    data: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    fetch: { type: 'boolean', default: false },
  },
})

main().catch((error) => {
  console.error(error.message)
  process.exit(1)
})

async function main() {
  const classPath = join(await fetchParts(), '*')
  if (options.fetch) return
  const port = Number(options.port)
  if (await answers(port)) throw new Error(`Something answers at ${HOST}:${port} already; choose another --port.`)
  const folder = options.data ?? mkdtempSync(join(tmpdir(), 'order-flow-kafka-'))
  const removeFolder = () => options.data ?? rmSync(folder, { recursive: true, force: true })
  try {
    const settings = await writeSettings(folder, port)
    if (!existsSync(join(folder, 'log', 'meta.properties'))) await format(classPath, settings)
    await serve(classPath, settings, port)
  } finally {
    removeFolder()
  }
}

/** Answers the folder with the broker's parts; has Maven fill it the first time. */
async function fetchParts() {
  const version = /<kafka\.version>(.+)<\/kafka\.version>/.exec(readFileSync(join(HERE, 'pom.xml'), 'utf8'))?.[1]
  const parts = join(HERE, 'target', `kafka-${version}`)
  if (existsSync(parts)) return parts
  console.error(`Fetching the parts of Kafka ${version} (about 45 MB, once)...`)
  // Into a folder of its own and renamed when complete: a second start at the same time, or one that is cut, does no harm.
  const partial = `${parts}.${process.pid}`
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${partial}`]
  await run('mvn', ['--quiet', '--batch-mode', '--file', join(HERE, 'pom.xml'), ...goal], { timeout: 600_000 }).catch((error) => {
    rmSync(partial, { recursive: true, force: true })
    if (error.code === 'ENOENT') throw new Error('Maven is missing: install it (Debian: apt-get install maven) and try again.')
    throw new Error(`Maven could not fetch Kafka: ${error.stdout || error.message}`)
  })
  if (existsSync(parts)) rmSync(partial, { recursive: true })
  else renameSync(partial, parts)
  return parts
}

async function writeSettings(folder, port) {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    ...(await doors(port, options['login-port'])),
    'log.dirs': join(folder, 'log'),
    // One node holds one copy of everything; few partitions inside, since each costs files at the first start.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // What a topic is to be is the services' matter: a missing one must show.
    'auto.create.topics.enable': false,
    // Tests start groups all the time and nobody else joins them.
    'group.initial.rebalance.delay.ms': 0,
    ...Object.fromEntries(options.set.map((pair) => pair.split(/=(.*)/s, 2))),
  }
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'server.properties')
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, lines.join(''))
  return file
}

async function doors(port, loginPort) {
  const controllerPort = await freePort()
  const forClients = [`PLAINTEXT://${HOST}:${port}`, ...(loginPort ? [`LOGIN://${HOST}:${loginPort}`] : [])]
  return {
    'controller.quorum.voters': `1@${HOST}:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...forClients, `CONTROLLER://${HOST}:${controllerPort}`].join(),
    'advertised.listeners': forClients.join(),
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.login.plain.sasl.jaas.config': `${PLAIN_LOGIN} required user_tester="secret";`,
  }
}

async function format(classPath, settings) {
  const clusterId = randomBytes(16).toString('base64url')
  const args = ['-cp', classPath, ...quietLog(), 'kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', settings]
  await run('java', args, { timeout: START_TIMEOUT_MS }).catch((error) => {
    if (error.code === 'ENOENT') throw new Error('Java is missing: install a JDK 17 or later and try again.')
    throw new Error(`Kafka's data folder could not be prepared: ${error.stderr || error.stdout || error.message}`)
  })
}

/** Runs the broker until it ends by itself, which is an error, or is told to stop. */
async function serve(classPath, settings, port) {
  const startedMs = performance.now()
  const java = spawn('java', ['-Xms128m', '-Xmx512m', ...quietLog(), '-cp', classPath, 'kafka.Kafka', settings], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stopping = false
  const stop = () => {
    stopping = true
    java.kill('SIGTERM')
    setTimeout(() => java.kill('SIGKILL'), STOP_TIMEOUT_MS).unref()
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  const late = setTimeout(() => {
    console.error(`Kafka has not started within ${START_TIMEOUT_MS / 1000} s.`)
    java.kill('SIGKILL')
  }, START_TIMEOUT_MS)
  createInterface({ input: java.stdout }).on('line', (line) => {
    if (!line.includes('Kafka Server started')) return
    clearTimeout(late)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    console.log(`Kafka answers at ${HOST}:${port} (process ${java.pid}, started in ${seconds} s).`)
  })
  const exitCode = await new Promise((resolve, reject) => {
    java.on('exit', resolve)
    java.on('error', reject)
  })
  clearTimeout(late)
  if (!stopping) throw new Error(`Kafka ended by itself (exit code ${exitCode}).`)
}

function quietLog() {
  return [`-Dlog4j2.configurationFile=${join(HERE, 'log4j2.properties')}`]
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: HOST, port })
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, HOST, resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
