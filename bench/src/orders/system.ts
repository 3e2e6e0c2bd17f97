import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { EXIT, Failure } from '../command.ts'
import { pause } from '../gateway.ts'

/** The system that is measured. `pid` is undefined when it is not ours, and cannot be looked into. */
export interface MeasuredSystem {
  gatewayUrl: string
  dataFolder: string
  pid: number | undefined
  stop(): Promise<void>
}

const ReadyFile = Type.Object({ gateway: Type.String() })
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000
const LAUNCHER = fileURLToPath(new URL('../../../launcher/src/main.ts', import.meta.url))

/** Starts the whole system as a process of its own, on free ports, with a fresh data folder that `stop` removes. */
export async function startSystem(signal: AbortSignal): Promise<MeasuredSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'order-flow-bench-'))
  const dataFolder = join(folder, 'data')
  const readyFile = join(folder, 'ready.json')
  const outputFile = join(folder, 'output.txt')
  const output = await open(outputFile, 'w')
  const args = [LAUNCHER, '--ephemeral', '--port', '0', '--data', dataFolder, '--ready-file', readyFile]
  // Its own process group: Ctrl-C reaches this process alone, which then stops the system in good order.
  const child = spawn(process.execPath, args, { stdio: ['ignore', output.fd, output.fd], detached: true })
  await output.close()
  const stop = async () => {
    await stopProcess(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const gatewayUrl = await whenReady(child, { readyFile, outputFile, signal })
    return { gatewayUrl, dataFolder, pid: child.pid, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function whenReady(
  child: ChildProcess,
  { readyFile, outputFile, signal }: { readyFile: string; outputFile: string; signal: AbortSignal },
) {
  const startedAtMs = performance.now()
  while (performance.now() - startedAtMs < READY_TIMEOUT_MS) {
    const ready = await readFile(readyFile, 'utf8').then(
      (text): unknown => JSON.parse(text),
      () => undefined,
    )
    if (Value.Check(ReadyFile, ready)) return ready.gateway
    if (child.exitCode !== null || child.signalCode !== null) break
    await pause(100, signal)
  }
  const output = await readFile(outputFile, 'utf8').catch(() => '')
  const lastLine = output.trim().split('\n').at(-1) ?? ''
  throw new Failure(EXIT.failed, `The system did not start: ${lastLine || `it was not ready within ${READY_TIMEOUT_MS / 1000} s`}`)
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const inTime = await Promise.race([exited.then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })])
  if (inTime) return
  child.kill('SIGKILL')
  await exited
}
