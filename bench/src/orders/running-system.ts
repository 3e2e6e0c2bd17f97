import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SystemProcess } from '../process-usage.ts'
import { auditorUrlOf, brokerVersion, USUAL_BROKER_URLS } from './distributed-system.ts'
import type { BenchOptions } from './options.ts'
import { findServerProcesses, listenerOf, parentOf, serviceProcesses } from './server-processes.ts'
import type { MeasuredSystem } from './system.ts'

const NOTHING_TO_STOP = { profileFolder: undefined, stop: async () => {}, dispose: async () => {} }

type Running = BenchOptions & { gatewayUrl: string }

/** Looks at a system that runs already and was started as the options say: in one process or as one for each service. */
export async function attachToSystem(options: Running): Promise<MeasuredSystem> {
  return options.mode === 'embedded' ? attachToEmbedded(options) : attachToDistributed({ ...options, mode: options.mode })
}

function attachToEmbedded({ gatewayUrl, dataFolder }: Running): MeasuredSystem {
  const pid = gatewayPid(gatewayUrl)
  const processes: SystemProcess[] = pid === undefined ? [] : [{ name: 'order-flow', pid }]
  return {
    ...NOTHING_TO_STOP,
    mode: 'embedded',
    gatewayUrl,
    dataFolder,
    processes: () => processes,
    engines: async () => ({}),
    data: existsSync(join(dataFolder, 'order-service', 'order-service.db')) ? { dataDir: dataFolder } : undefined,
  }
}

async function attachToDistributed(options: Running & { mode: 'rabbitmq' | 'kafka' }): Promise<MeasuredSystem> {
  const { gatewayUrl, dataFolder, mode, brokerUrl = USUAL_BROKER_URLS[mode] } = options
  const databaseUrl = await auditorUrlOf(dataFolder).catch(() => options.databaseUrl)
  const servers = databaseUrl === undefined ? () => [] : findServerProcesses(mode, databaseUrl, brokerUrl)
  const gateway = gatewayPid(gatewayUrl)
  const launcher = gateway === undefined ? undefined : parentOf(gateway)
  return {
    ...NOTHING_TO_STOP,
    mode,
    gatewayUrl,
    dataFolder,
    processes: () => [...(launcher === undefined ? [] : serviceProcesses(launcher)), ...servers()],
    engines: async () => ({ 'message queue': await brokerVersion(mode, brokerUrl) }),
    data: databaseUrl === undefined ? undefined : { databaseUrl },
  }
}

/** Undefined when it is on another machine. */
function gatewayPid(gatewayUrl: string): number | undefined {
  return listenerOf(Number(new URL(gatewayUrl).port || 80))
}
