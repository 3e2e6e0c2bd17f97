import { join } from 'node:path'
import * as configServer from '@order-flow/config-server'
import type { Role } from '@order-flow/contracts'
import * as eurekaServer from '@order-flow/eureka-server'
import * as identityService from '@order-flow/identity-service'
import * as inventoryPaymentService from '@order-flow/inventory-payment-service'
import { createInProcessBroker } from '@order-flow/messaging'
import * as notificationChatService from '@order-flow/notification-chat-service'
import * as orderService from '@order-flow/order-service'
import { type Closer, createCloser, type Logger, openService, type ServiceEnvironment } from '@order-flow/service-kit'
import type { TSchema } from 'typebox'
import type { Account } from './accounts.ts'
import demoProducts from './demo-products.json' with { type: 'json' }
import { startGateway } from './gateway.ts'

export interface ShopOptions {
  dataDir: string
  logger: Logger
  /** Takes log lines of parts that run in threads of their own. */
  writeLog: (lines: string) => void
  version: string
  /** Port of the gateway; undefined: as configured. */
  gatewayPort: number | undefined
  ephemeral: boolean
  demo: boolean
  accounts: Record<string, Account>
  /** Folder of configuration files. Default: config-repo of this checkout. */
  configRepo?: string
}

/** Where everything is: base URLs by part. */
export type Addresses = Record<'gateway' | 'config' | 'eureka' | 'identity' | 'orders' | 'inventory' | 'notifications', string>

export interface Shop {
  addresses: Addresses
  /** Closes the door first, lets running work end, then stops everything, last started first. */
  stop(): Promise<void>
}

const ROOT = join(import.meta.dirname, '..', '..')
const CONFIG_PORT = 8888

/** Starts every service in this process. When it fails, what has started is stopped again. */
export async function startShop(options: ShopOptions): Promise<Shop> {
  const closer = createCloser()
  try {
    const addresses = await startParts(options, closer)
    return { addresses, stop: () => closer.close() }
  } catch (error) {
    await closer.close().catch(() => undefined) // the first error is the one to tell
    throw error
  }
}

// Its instances live and die with it in this one process; what it knew of the last one would only mislead.
const IN_MEMORY_REGISTRY = { eureka: { server: { durable: false } } }

async function startParts(options: ShopOptions, closer: Closer): Promise<Addresses> {
  const { logger, version, dataDir, ephemeral } = options
  const configApp = configServer.createApp({
    repoDir: options.configRepo ?? join(ROOT, 'config-repo'),
    host: '127.0.0.1',
    port: ephemeral ? 0 : CONFIG_PORT,
    logger,
    version,
  })
  const config = await configApp.start()
  closer.defer(() => configApp.stop())

  const environment = { configServerUrl: config, dataDir, profile: 'default', version, logger }
  const eureka = await startRegistry(
    { ...environment, overrides: { ...portOverride(ephemeral ? 0 : undefined), ...IN_MEMORY_REGISTRY } },
    closer,
  )
  closer.defer(await configApp.register(`${eureka}/eureka/`))

  const broker = createInProcessBroker({ groups: [orderService.name, inventoryPaymentService.name, notificationChatService.name], logger })
  const registry = { eureka: { client: { serviceUrl: { defaultZone: `${eureka}/eureka/` } } } }
  const open = <S extends TSchema>(part: { name: string; Config: S }, port: number | undefined) =>
    openService(part.name, part.Config, { ...environment, overrides: { ...portOverride(port), ...registry } })
  const port = ephemeral ? 0 : undefined

  const [identity, orders, inventory, notifications] = await Promise.all([
    open(identityService, port).then((service) => identityService.createApp(service)),
    open(orderService, port).then((service) => orderService.createApp(service, { broker })),
    open(inventoryPaymentService, port).then((service) => inventoryPaymentService.createApp(service, { broker })),
    open(notificationChatService, port).then((service) => notificationChatService.createApp(service, { broker })),
  ])
  const apps = [identity, orders, inventory, notifications]
  for (const app of apps) closer.defer(() => app.stop())
  // Before the services go: what is being handled ends, and nothing new is begun. The rest waits in the outboxes.
  closer.defer(() => broker.close())

  await identity.seedAccounts(
    Object.entries(options.accounts).map(([role, account]) => ({ ...account, name: `Demo ${role}`, roles: [role as Role] })), // the file's keys are roles
  )
  if (options.demo) await inventory.seed(demoProducts)
  const [identityUrl = '', ordersUrl = '', inventoryUrl = '', notificationsUrl = ''] = await Promise.all(apps.map((app) => app.start()))

  const gateway = await startGateway({
    environment: {
      configServerUrl: config,
      dataDir,
      profile: 'default',
      version,
      overrides: { ...portOverride(options.gatewayPort), ...registry },
    },
    webDir: join(ROOT, 'web', 'dist'),
    logger,
    writeLog: options.writeLog,
  })
  // The gateway waits for its sockets, and only the service behind them can say goodbye.
  closer.defer(() => Promise.all([gateway.stop(), notifications.closeSockets()]))
  return {
    gateway: gateway.url,
    config,
    eureka,
    identity: identityUrl,
    orders: ordersUrl,
    inventory: inventoryUrl,
    notifications: notificationsUrl,
  }
}

async function startRegistry(environment: ServiceEnvironment, closer: Closer): Promise<string> {
  const service = await openService(eurekaServer.name, eurekaServer.Config, environment)
  const app = eurekaServer.createApp(service)
  closer.defer(() => app.stop())
  return app.start()
}

function portOverride(port: number | undefined): Record<string, unknown> {
  return port === undefined ? {} : { server: { port } }
}
