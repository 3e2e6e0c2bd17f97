import { join } from 'node:path'
import { AppError } from '@order-flow/service-kit'
import type { Addresses } from '../shop.ts'
import type { Ending } from './child-process.ts'
import { environmentOf, type SharedEnvironment } from './environment.ts'
import { createInstance, type Instance, RESTART_POLICY, type RestartPolicy } from './instance.ts'
import { createListeners } from './listeners.ts'
import type { OutputSink } from './output-lines.ts'
import { PARTS, SERVICES, type ServiceName, START_STEPS, STOP_STEPS } from './parts.ts'
import { createPortPicker } from './ports.ts'

export interface SupervisorOptions extends Omit<SharedEnvironment, 'configServerUrl' | 'eurekaUrl'> {
  /** How many processes of each; 1 where nothing is said. */
  instances: Partial<Record<ServiceName, number>>
  /** Port of the first gateway; undefined: as configured. 0: chosen by us. */
  gatewayPort: number | undefined
  /** Every other port is chosen by us. */
  ephemeral: boolean
  restart?: Partial<RestartPolicy> | undefined
  sink: OutputSink
  /** Gives up starting; what has started is stopped again. */
  signal?: AbortSignal | undefined
}

/** One process as others see it. */
export interface InstanceState {
  service: ServiceName
  /** From 1. */
  index: number
  url: string
  /** Undefined while it is not running. */
  pid: number | undefined
}

export interface InstanceExit extends Ending {
  service: ServiceName
  index: number
}

/** All services, each as processes of its own, kept running. */
export interface Supervisor {
  /** Base URLs of the first instance of each, by part. */
  readonly addresses: Addresses
  readonly instances: InstanceState[]
  /** Sends a signal to one process. It is started again when it ends, after a pause. */
  kill(service: ServiceName, index: number, signal: NodeJS.Signals): void
  /** Ends one in order and starts it again at once; resolves when it is ready. */
  restart(service: ServiceName, index: number): Promise<void>
  /** Calls back whenever a process has ended, for whatever reason; answers how to stop that. */
  onExit(listener: (exit: InstanceExit) => void): () => void
  /** Calls back whenever a process is ready (again); its address may be another. */
  onReady(listener: (state: InstanceState) => void): () => void
  /** Ends all in order: the doors, the services, registry and configuration. Idempotent. */
  stop(): Promise<void>
  /** Ends all at once. */
  cut(): void
}

/** On a machine that is busy with other things, too. */
const START_TIMEOUT_MS = 120_000
/** A process ends within 10 s by itself. */
const STOP_TIMEOUT_MS = 11_000
const CONFIG_PORT = 8888
const EUREKA_PORT = 8761
const PROGRAM = join(import.meta.dirname, '..', 'start-service.ts')

interface Entry {
  service: ServiceName
  index: number
  instance: Instance
}

/** Starts all services. When one cannot start, the others are stopped again. Errors: why it could not. */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { ephemeral, gatewayPort } = options
  const pickPort = createPortPicker()
  const exits = createListeners<InstanceExit>()
  const readies = createListeners<InstanceState>()
  const configPort = ephemeral ? await pickPort() : CONFIG_PORT
  const eurekaPort = ephemeral ? await pickPort() : EUREKA_PORT
  const shared: SharedEnvironment = {
    ...options,
    configServerUrl: `http://127.0.0.1:${configPort}`,
    eurekaUrl: `http://127.0.0.1:${eurekaPort}/eureka/`,
  }
  const entries: Entry[] = []
  for (const service of SERVICES) {
    for (let index = 1; index <= (options.instances[service] ?? 1); index++) entries.push(await createEntry(service, index))
  }
  let stopping: Promise<void> | undefined

  async function createEntry(service: ServiceName, index: number): Promise<Entry> {
    const { fixed, port } = await portOf(service, index)
    const entry: Entry = {
      service,
      index,
      instance: createInstance({
        name: `${service}#${index}`,
        args: [PROGRAM, service],
        env: environmentOf(service, index, shared),
        port,
        otherPort: fixed ? undefined : pickPort,
        restart: { ...RESTART_POLICY, ...options.restart },
        sink: options.sink,
        onReady: () => readies.tell(stateOf(entry)),
        onExit: (ending) => exits.tell({ service, index, ...ending }),
      }),
    }
    return entry
  }

  async function portOf(service: ServiceName, index: number): Promise<{ port: number | undefined; fixed: boolean }> {
    if (service === 'config-server') return { port: configPort, fixed: true }
    if (service === 'eureka-server') return { port: eurekaPort, fixed: true }
    if (index > 1) return { port: await pickPort(), fixed: false }
    if (service === 'api-gateway') return { port: gatewayPort === 0 ? await pickPort() : gatewayPort, fixed: true }
    return ephemeral ? { port: await pickPort(), fixed: false } : { port: undefined, fixed: true }
  }

  async function stop(): Promise<void> {
    for (const step of STOP_STEPS) await Promise.all(entriesOf(step).map(({ instance }) => instance.stop(STOP_TIMEOUT_MS)))
  }

  function entriesOf(step: readonly ServiceName[]): Entry[] {
    return entries.filter(({ service }) => step.includes(service))
  }

  function find(service: ServiceName, index: number): Instance {
    const entry = entries.find((candidate) => candidate.service === service && candidate.index === index)
    if (!entry) throw new AppError('not_found', `There is no ${service}#${index}.`)
    return entry.instance
  }

  const supervisor: Supervisor = {
    get addresses() {
      return addressesOf(entries)
    },
    get instances() {
      return entries.map(stateOf)
    },
    kill: (service, index, signal) => find(service, index).kill(signal),
    restart: (service, index) => find(service, index).restart(START_TIMEOUT_MS),
    onExit: exits.add,
    onReady: readies.add,
    stop: () => (stopping ??= stop()),
    cut: () => {
      for (const { instance } of entries) instance.kill('SIGKILL')
    },
  }
  const giveUp = () => void supervisor.stop()
  options.signal?.addEventListener('abort', giveUp)
  try {
    for (const step of START_STEPS) await Promise.all(entriesOf(step).map(({ instance }) => instance.start(START_TIMEOUT_MS)))
    return supervisor
  } catch (error) {
    await supervisor.stop()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', giveUp)
  }
}

function stateOf({ service, index, instance }: Entry): InstanceState {
  return { service, index, url: instance.url ?? '', pid: instance.pid }
}

function addressesOf(entries: readonly Entry[]): Addresses {
  const urlOf = (service: ServiceName) => entries.find((entry) => entry.service === service)?.instance.url ?? ''
  return Object.fromEntries(SERVICES.map((service) => [PARTS[service].address, urlOf(service)])) as Addresses // PARTS names every part
}
