import type { Addresses } from '../shop.ts'

/** The parts that run as processes of their own. */
export const SERVICES = [
  'config-server',
  'eureka-server',
  'identity-service',
  'order-service',
  'inventory-payment-service',
  'notification-chat-service',
  'api-gateway',
] as const
export type ServiceName = (typeof SERVICES)[number]

export interface Part {
  name: ServiceName
  /** Its name in the ready file. */
  address: keyof Addresses
  /** Others find everything through one registry address, and the configuration is one folder: of these there is one each. */
  isSingle: boolean
  hasDatabase: boolean
  hasBroker: boolean
}

const DOMAIN = { isSingle: false, hasDatabase: true, hasBroker: true }
const INFRASTRUCTURE = { isSingle: true, hasDatabase: false, hasBroker: false }

export const PARTS: Readonly<Record<ServiceName, Part>> = {
  'config-server': { name: 'config-server', address: 'config', ...INFRASTRUCTURE },
  'eureka-server': { name: 'eureka-server', address: 'eureka', ...INFRASTRUCTURE },
  'identity-service': { name: 'identity-service', address: 'identity', ...DOMAIN, hasBroker: false },
  'order-service': { name: 'order-service', address: 'orders', ...DOMAIN },
  'inventory-payment-service': { name: 'inventory-payment-service', address: 'inventory', ...DOMAIN },
  'notification-chat-service': { name: 'notification-chat-service', address: 'notifications', ...DOMAIN },
  'api-gateway': { name: 'api-gateway', address: 'gateway', isSingle: false, hasDatabase: false, hasBroker: false },
}

/** What is in one step starts together; a step starts when the one before it is ready. */
export const START_STEPS: readonly (readonly ServiceName[])[] = [
  ['config-server'],
  ['eureka-server'],
  ['identity-service', 'order-service', 'inventory-payment-service', 'notification-chat-service'],
  ['api-gateway'],
]

/**
 * The doors close first. Notifications go with the gateway, which waits for its sockets: only the service behind them can
 * say goodbye.
 */
export const STOP_STEPS: readonly (readonly ServiceName[])[] = [
  ['api-gateway', 'notification-chat-service'],
  ['identity-service', 'order-service', 'inventory-payment-service'],
  ['config-server'],
  ['eureka-server'],
]

export function isServiceName(text: string): text is ServiceName {
  return SERVICES.some((name) => name === text)
}

/** The schema of a service; its role is named after it. */
export function schemaOf(service: ServiceName): string {
  return service.replaceAll('-', '_')
}
