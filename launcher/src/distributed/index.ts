export { DEFAULT_BROKER_URLS } from './options.ts'
export { SERVICES, type ServiceName } from './parts.ts'
export { type DistributedOptions, type DistributedShop, startDistributed } from './shop.ts'
export type { InstanceExit, InstanceState } from './supervisor.ts'
