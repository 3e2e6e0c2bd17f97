export { createEurekaClient, type EurekaClient, type EurekaClientOptions } from './client.ts'
export type { Instance, InstanceStatus, Registration } from './instance.ts'
