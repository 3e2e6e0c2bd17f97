import { type DistributedOptions, type DistributedShop, type ServiceName, startDistributed } from '@order-flow/launcher/distributed'
import { waitUntil } from './engines/own-process.ts'

/** One process of a service; `index` from 1. */
export interface Instance {
  service: ServiceName
  index: number
}

/** How a process has ended. `exitCode` null: by a signal. */
export interface Stop {
  stoppedInMs: number
  exitCode: number | null
}

export type DeploymentOptions = Pick<
  DistributedOptions,
  'dataDir' | 'configRepo' | 'broker' | 'brokerUrl' | 'databaseUrl' | 'instances' | 'databaseUrlFor' | 'brokerUrlFor'
>

/** Every service as processes of its own, as `npm run start:distributed` runs them. */
export interface Deployment extends Pick<DistributedShop, 'accounts' | 'auditorUrl' | 'logPath'> {
  instances: readonly Instance[]
  urlOf(instance: Instance): string
  isReady(instance: Instance): boolean
  /** False when the process is down already. */
  signal(instance: Instance, signal: NodeJS.Signals): boolean
  /** Asks an instance to stop, and waits until it is back. */
  restart(instance: Instance): Promise<Stop>
  /** What was for a person's eyes, lately. */
  printed(): string
  /** Ends everything in order. Errors: when a process has not ended so. */
  stop(): Promise<void>
}

const MAX_PRINTED_LINES = 2000
const READY_TIMEOUT_MS = 60_000
/** A service that is killed again and again need not be waited for as long as in earnest. */
const RESTART = { maxPauseMs: 4000, stableAfterMs: 5000 }

export async function deploy(options: DeploymentOptions): Promise<Deployment> {
  const printed: string[] = []
  const print = (line: string) => {
    printed.push(line)
    if (printed.length > MAX_PRINTED_LINES) printed.splice(0, MAX_PRINTED_LINES / 2)
  }
  const shop = await startDistributed({ ...options, gatewayPort: 0, ephemeral: true, demo: true, restart: RESTART, print })
  process.on('exit', () => shop.cut())
  const ready = new Set(shop.instances.map(nameOf))
  shop.onReady((state) => ready.add(nameOf(state)))
  shop.onExit((exit) => ready.delete(nameOf(exit)))

  function find(instance: Instance) {
    const state = shop.instances.find((each) => nameOf(each) === nameOf(instance))
    if (!state) throw new Error(`There is no ${nameOf(instance)}.`)
    return state
  }

  return {
    accounts: shop.accounts,
    auditorUrl: shop.auditorUrl,
    logPath: shop.logPath,
    instances: shop.instances.map(({ service, index }) => ({ service, index })),
    urlOf: (instance) => find(instance).url,
    isReady: (instance) => ready.has(nameOf(instance)),
    signal(instance, signal) {
      const { service, index, pid } = find(instance)
      if (pid === undefined) return false
      // Not only when its end is told: whoever waits for it now waits for the next start.
      if (signal === 'SIGKILL') ready.delete(nameOf(instance))
      shop.kill(service, index, signal)
      return true
    },
    async restart(instance) {
      const { service, index } = instance
      await waitUntil(() => ready.has(nameOf(instance)), READY_TIMEOUT_MS, `${nameOf(instance)} is not ready.`)
      const startedAtMs = performance.now()
      let stop: Stop = { stoppedInMs: Number.NaN, exitCode: null }
      const forget = shop.onExit((exit) => {
        if (nameOf(exit) === nameOf(instance)) stop = { stoppedInMs: performance.now() - startedAtMs, exitCode: exit.code }
      })
      await shop.restart(service, index).finally(forget)
      return stop
    },
    printed: () => printed.join('\n'),
    async stop() {
      const untidy: string[] = []
      shop.onExit((exit) => {
        if (exit.code !== 0) untidy.push(`${nameOf(exit)} (${exit.signal ?? `exit code ${exit.code}`})`)
      })
      await shop.stop()
      if (untidy.length > 0) throw new Error(`${untidy.join(', ')} did not end in order.`)
    },
  }
}

function nameOf({ service, index }: Instance): string {
  return `${service}#${index}`
}
