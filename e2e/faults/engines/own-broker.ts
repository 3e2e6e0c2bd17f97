import type { BrokerName } from '../options.ts'
import { startOwnKafka } from './own-kafka.ts'
import { startOwnRabbit } from './own-rabbit.ts'

/** A message queue that only the suite uses, so that it may be killed. */
export interface OwnBroker {
  name: BrokerName
  port: number
  /** `stop`: in order. `kill`: kill -9. */
  stop(how: 'stop' | 'kill'): Promise<void>
  /** Starts it again, if it does not run, on the same port and data, and waits until it answers. */
  start(): Promise<void>
  /** Blocks everybody who publishes, or ends that (RabbitMQ). */
  setAlarm(isRaised: boolean): Promise<void>
  /** Messages that a service could not even read, where the server can say so (RabbitMQ: the group's queue for dead letters). */
  unreadable(group: string): Promise<number | undefined>
  close(): Promise<void>
}

/** Makes a new message queue in `folder` and starts it. `reachedAt`: the port at which clients find it, a line's perhaps. */
export function startOwnBroker(name: BrokerName, folder: string, ports: { port: number; reachedAt: number }): Promise<OwnBroker> {
  return name === 'rabbitmq' ? startOwnRabbit(folder, ports.port) : startOwnKafka(folder, ports)
}
