import type { OrderStatus } from '@order-flow/contracts'
import type { Audit, Result } from '@order-flow/invariants'
import type { Instance, Stop } from './deployment.ts'
import type { MessageTap } from './engines/message-tap.ts'
import type { OwnBroker } from './engines/own-broker.ts'
import type { OwnPostgres } from './engines/own-postgres.ts'
import type { OwnProcess } from './engines/own-process.ts'
import type { RabbitSwitch } from './engines/rabbit-switch.ts'
import type { Detour, Line } from './lines.ts'
import type { Catalogue } from './load/catalogue.ts'
import type { Customer } from './load/customer.ts'
import type { Purchase } from './load/history.ts'
import type { Listener } from './load/listener.ts'
import type { Operations } from './operations.ts'

export type { Instance } from './deployment.ts'

/** The shop under test: engines of its own, lines that can fail, every service as processes, and people who use it. */
export interface TestShop {
  folder: string
  /** Where the launcher keeps the accounts. */
  dataDir: string
  logFile: string
  gateways: readonly string[]
  postgres: OwnPostgres
  broker: OwnBroker
  /** From the services to the engines. */
  lines: readonly Line[]
  /** Has the gateways reach one instance of order-service over a line of its own as well, until it is closed. */
  layDetour(): Promise<Detour>
  /** Every process of a service that runs more than once: those that may be killed. */
  instances: readonly Instance[]
  /** Processes of a part that there is one of. */
  infrastructure(service: 'eureka-server' | 'config-server'): readonly Instance[]
  /** Sends a signal; false when the process is down already. */
  signal(instance: Instance, signal: NodeJS.Signals): boolean
  /** Asks an instance to stop, and waits until it is back. */
  restart(instance: Instance): Promise<Stop>
  /** Whether the instance is ready before the time is up. */
  isReady(instance: Instance, timeoutMs: number): Promise<boolean>
  /** Kills an instance; whether it is ready again before the time is up. */
  killAndAwait(instance: Instance, timeoutMs: number): Promise<boolean>
  /** Changes a file of the configuration; answers how to restore it. */
  changeConfiguration(file: string, change: (text: string) => string): () => void
  /** Ends every fault that may still be there. Errors: when an engine does not start. */
  mend(): Promise<void>
  /** Resolves when every process is ready; rejects after two minutes. */
  allReady(): Promise<void>
  /** What the processes have said on the terminal lately. */
  printed(): string

  catalogue: Catalogue
  customers: readonly Customer[]
  listeners: readonly Listener[]
  operator: Customer
  operations: Operations
  audit: Audit
  openTap(): Promise<MessageTap>
  /** Holds one type of event back on its way to a service (RabbitMQ). */
  holdBack(type: string, service: string): Promise<RabbitSwitch>
  /** Waits until the orders have ended; false when they have not within a minute. */
  ended(purchases: readonly Purchase[]): Promise<boolean>
  statusesOf(purchases: readonly Purchase[]): Promise<OrderStatus[]>
  /** Runs one of the project's programs (an absolute path). */
  runProgram(program: string, args: readonly string[]): OwnProcess
  /** Looks for secrets in what the processes have logged. */
  checkLogs(): Promise<Result[]>
  /** Ends the services in order. Errors: when that does not work. */
  stop(): Promise<void>
  /** Ends everything. */
  close(): Promise<void>
}
