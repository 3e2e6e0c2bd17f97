import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { OrderStatus } from '@order-flow/contracts'
import { openAudit } from '@order-flow/invariants'
import { createCloser } from '@order-flow/service-kit'
import { hasEnded } from './checks/orders.ts'
import { type Deployment, deploy, type Instance } from './deployment.ts'
import { messagingConfig, openMessageTap } from './engines/message-tap.ts'
import { type OwnBroker, startOwnBroker } from './engines/own-broker.ts'
import { startOwnPostgres } from './engines/own-postgres.ts'
import { freePort, startProcess, waitUntil } from './engines/own-process.ts'
import { switchRabbit } from './engines/rabbit-switch.ts'
import { type Detour, type Line, layDetour, layLine } from './lines.ts'
import { makeCatalogue } from './load/catalogue.ts'
import { type Customer, granted, signInCustomer } from './load/customer.ts'
import type { Purchase } from './load/history.ts'
import { startListener } from './load/listener.ts'
import { createOperations } from './operations.ts'
import type { Options } from './options.ts'
import type { Random } from './random.ts'
import type { TestShop } from './test-shop.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const WITH_DATABASE = ['identity-service', 'order-service', 'inventory-payment-service', 'notification-chat-service']
const WITH_BROKER = ['order-service', 'inventory-payment-service', 'notification-chat-service']
const INFRASTRUCTURE = ['eureka-server', 'config-server']
const CUSTOMERS = 16
const LISTENING = 6
const ENDED_TIMEOUT_MS = 60_000
const READY_TIMEOUT_MS = 120_000

/** What differs from the configuration that users get: less waiting, so that a scenario ends in time. */
const CHANGED_SETTINGS: readonly [file: string, from: RegExp, to: string][] = [
  ['notification-chat-service.yml', /heartbeatMs: \d+/, 'heartbeatMs: 2000'],
  ['inventory-payment-service.yml', /retry-max-ms: \d+/, 'retry-max-ms: 5000'],
]

export interface TestShopOptions {
  folder: string
  options: Options
  random: Random
}

/** Starts the engines, lays the lines, starts every service, and lets customers in. What has started is ended when it fails. */
export async function startTestShop(parts: TestShopOptions): Promise<TestShop> {
  const closer = createCloser()
  try {
    const base = await startBase(parts, closer)
    return { ...base, ...(await letIn(parts, base, closer)), close: () => closer.close() }
  } catch (error) {
    await closer.close()
    throw error
  }
}

type Closer = ReturnType<typeof createCloser>
type Base = Awaited<ReturnType<typeof startBase>>

/** Engines, lines and processes. */
async function startBase({ folder, options }: TestShopOptions, closer: Closer) {
  const [postgres, { broker, lines: brokerLines, portFor: brokerPortFor }] = await Promise.all([
    startOwnPostgres(folder).then((server) => {
      closer.defer(() => server.close())
      return server
    }),
    startBroker({ folder, options }, closer),
  ])
  const databaseLines = new Map<string, Line>()
  for (const service of WITH_DATABASE) databaseLines.set(service, await layLine(`${service} to the database`, 'database', postgres.port))
  const lines = [...databaseLines.values(), ...brokerLines]
  // After the services: what they still want to save must get through.
  closer.defer(() => Promise.all(lines.map((line) => line.close())))
  const configRepo = copyConfiguration(folder)
  const messaging = messagingConfig(options.broker, brokerUrl(options, broker.port))
  const dataDir = join(folder, 'data')
  const deployment = await deploy({
    dataDir,
    configRepo,
    databaseUrl: `postgres://postgres@127.0.0.1:${postgres.port}/order_flow`,
    broker: options.broker,
    brokerUrl: brokerUrl(options, broker.port),
    instances: options.instances,
    databaseUrlFor: (service, url) => atPort(url, databaseLines.get(service)?.port ?? postgres.port),
    brokerUrlFor: (service) => brokerUrl(options, brokerPortFor(service)),
  })
  closer.defer(() => stopDeployment(deployment))

  const alive = deployment.instances.filter(({ service }) => !INFRASTRUCTURE.includes(service))
  return {
    folder,
    dataDir,
    logFile: deployment.logPath,
    accounts: deployment.accounts,
    auditorUrl: deployment.auditorUrl,
    gateways: deployment.instances.filter(({ service }) => service === 'api-gateway').map(deployment.urlOf),
    postgres,
    broker,
    lines,
    layDetour: () => layDetourToOrders(deployment),
    instances: alive,
    infrastructure: (name: string) => deployment.instances.filter(({ service }) => service === name),
    signal: deployment.signal,
    restart: deployment.restart,
    printed: deployment.printed,
    stop: () => stopDeployment(deployment),
    ...readiness(deployment),
    changeConfiguration: (file: string, change: (text: string) => string) => changeFile(join(configRepo, file), change),
    async mend() {
      for (const instance of deployment.instances) deployment.signal(instance, 'SIGCONT')
      for (const line of lines) line.mend()
      await postgres.start()
      await broker.start()
    },
    openTap: () => openMessageTap(messaging),
    holdBack: (type: string, group: string) => switchRabbit(messaging.messaging, { type, group }),
  }
}

/** RabbitMQ gets a line for each service; Kafka tells its clients one address, so they share one. */
async function startBroker({ folder, options }: Pick<TestShopOptions, 'folder' | 'options'>, closer: Closer) {
  const port = await freePort()
  const names = options.broker === 'kafka' ? ['every service'] : WITH_BROKER
  const lines = await Promise.all(names.map((name) => layLine(`${name} to the message queue`, 'broker', port)))
  const [shared] = lines
  const reachedAt = options.broker === 'kafka' ? (shared?.port ?? port) : port
  const broker: OwnBroker = await startOwnBroker(options.broker, folder, { port, reachedAt })
  closer.defer(() => broker.close())
  const portFor = (service: string) => (lines[names.indexOf(service)] ?? shared)?.port ?? port
  return { broker, lines, portFor }
}

function brokerUrl({ broker }: Options, port: number): string {
  return broker === 'rabbitmq' ? `amqp://guest:guest@127.0.0.1:${port}` : `127.0.0.1:${port}`
}

function atPort(address: string, port: number): string {
  const url = new URL(address)
  url.port = String(port)
  return url.href
}

function layDetourToOrders(deployment: Deployment): Promise<Detour> {
  const of = (name: string) => deployment.instances.find(({ service }) => service === name)
  const [orders, registry] = [of('order-service'), of('eureka-server')]
  if (!orders || !registry) throw new Error('There is no order-service or no registry.')
  return layDetour({ service: 'order-service', url: deployment.urlOf(orders), eureka: deployment.urlOf(registry) })
}

function readiness(deployment: Deployment) {
  const isReady = (instance: Instance, timeoutMs: number) =>
    waitUntil(() => deployment.isReady(instance), timeoutMs, '').then(
      () => true,
      () => false,
    )
  return {
    isReady,
    killAndAwait(instance: Instance, timeoutMs: number) {
      deployment.signal(instance, 'SIGKILL')
      return isReady(instance, timeoutMs)
    },
    allReady: () =>
      waitUntil(
        () => deployment.instances.every(deployment.isReady),
        READY_TIMEOUT_MS,
        `Not every process was ready again within two minutes:\n${deployment.printed().slice(-2000)}`,
      ),
  }
}

async function stopDeployment(deployment: Deployment): Promise<void> {
  // One that stands still cannot end in order.
  for (const instance of deployment.instances) deployment.signal(instance, 'SIGCONT')
  await deployment.stop()
}

function copyConfiguration(folder: string): string {
  const copy = join(folder, 'config')
  cpSync(join(ROOT, 'config-repo'), copy, { recursive: true })
  for (const [file, from, to] of CHANGED_SETTINGS) {
    changeFile(join(copy, file), (text) => {
      if (!from.test(text)) throw new Error(`${file} has no ${from} any more; the fault suite wants to change it.`)
      return text.replace(from, to)
    })
  }
  return copy
}

function changeFile(file: string, change: (text: string) => string): () => void {
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, change(before))
  return () => writeFileSync(file, before)
}

/** People, products, and what looks after them. */
async function letIn({ random }: TestShopOptions, base: Base, closer: Closer) {
  const { gateways, accounts, auditorUrl } = base
  const credentials = accounts.operator
  if (!credentials) throw new Error('There is no account for an operator.')
  const operator = await signInCustomer({ gateways, name: 'operator', credentials, random: random.fork('operator'), isNew: false })
  const catalogue = await makeCatalogue(operator)
  const customers = await Promise.all(Array.from({ length: CUSTOMERS }, (_customer, index) => register(gateways, random, index + 1)))
  const listeners = customers
    .slice(0, LISTENING)
    .map((customer) => startListener({ customer, gateways, random: random.fork(`listener ${customer.name}`) }))
  closer.defer(() => {
    for (const listener of listeners) listener.close()
  })
  const audit = openAudit({ databaseUrl: auditorUrl })
  // Every check at rest would read all of the logs: they are looked at once, at the end.
  const withLogs = openAudit({ databaseUrl: auditorUrl, logDir: dirname(base.logFile) })
  const checkLogs = async () => (await withLogs.check()).filter(({ id }) => id === 'I17')
  const shop = {
    catalogue,
    customers,
    listeners,
    operator,
    audit,
    checkLogs,
    operations: createOperations(gateways, operator.currentToken),
  }
  return {
    ...shop,
    ...watching(operator),
    runProgram: (program: string, args: readonly string[]) => startProcess(process.execPath, [program, ...args]),
  }
}

function register(gateways: readonly string[], random: Random, number: number): Promise<Customer> {
  const choices = random.fork(`customer ${number}`)
  const credentials = { email: `customer-${number}@faults.example`, password: `password-${choices.int(1e9, 9e9)}` }
  return signInCustomer({ gateways, name: `customer ${number}`, credentials, random: choices, isNew: true })
}

function watching(operator: Customer) {
  const statusesOf = (purchases: readonly Purchase[]): Promise<OrderStatus[]> =>
    Promise.all(
      purchases.flatMap(({ answers: [order] }) =>
        order ? [operator.insist((shop) => shop.order(order.id)).then((answer) => granted(answer).status)] : [],
      ),
    )
  return {
    statusesOf,
    ended: (purchases: readonly Purchase[]) =>
      waitUntil(async () => (await statusesOf(purchases)).every((status) => hasEnded({ status })), ENDED_TIMEOUT_MS, '').then(
        () => true,
        () => false,
      ),
  }
}
