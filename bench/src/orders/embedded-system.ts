import { fileURLToPath } from 'node:url'
import { launch } from './launched-process.ts'
import type { BenchOptions } from './options.ts'
import type { MeasuredSystem } from './system.ts'

/** It is given 3 s to end in order, and then ends itself. */
const STOP_TIMEOUT_MS = 10_000
const PROGRAM = fileURLToPath(new URL('../../../launcher/src/main.ts', import.meta.url))

/** Starts the whole system as one process of its own. */
export async function startEmbeddedSystem({ profile }: Pick<BenchOptions, 'profile'>, signal: AbortSignal): Promise<MeasuredSystem> {
  const { pid, ...launched } = await launch({
    program: PROGRAM,
    tell: ({ dataFolder, readyFile }) => ({ args: ['--ephemeral', '--port', '0', '--data', dataFolder, '--ready-file', readyFile] }),
    profile,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    signal,
  })
  return {
    ...launched,
    mode: 'embedded',
    processes: () => [{ name: 'order-flow', pid }],
    engines: async () => ({ database: `SQLite ${process.versions.sqlite}`, 'message queue': 'in-process' }),
    data: { dataDir: launched.dataFolder },
  }
}
