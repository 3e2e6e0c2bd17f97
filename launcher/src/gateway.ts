import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { AppError, type Logger, withTimeout } from '@order-flow/service-kit'
import type { GatewayMessage, GatewayOrder } from './gateway-thread.ts'

export interface GatewayOptions extends GatewayOrder {
  logger: Logger
  /** Takes the lines of the gateway's log. */
  writeLog: (lines: string) => void
}

export interface GatewayThread {
  url: string
  stop(): Promise<void>
}

const STOP_TIMEOUT_MS = 2500

/**
 * Starts the gateway in a thread of its own: it shares nothing with the services but HTTP, and carrying requests is a
 * third of all work, which so gets a core of its own. Errors: those of the gateway's start.
 */
export async function startGateway({ logger, writeLog, ...order }: GatewayOptions): Promise<GatewayThread> {
  const thread = new Worker(new URL('./gateway-thread.ts', import.meta.url), { workerData: order })
  const ended = once(thread, 'exit')
  ended.catch(() => undefined) // an error of the thread rejects it too, and is told below
  let isStopping = false
  const url = await new Promise<string>((resolve, reject) => {
    thread.on('message', (message: GatewayMessage) => {
      if (message.type === 'log') writeLog(message.lines)
      if (message.type === 'ready') resolve(message.url)
      if (message.type === 'failed') reject(new AppError(message.code, message.message, { problem: message.problem }))
    })
    thread.on('error', reject)
    thread.on('exit', () => reject(new Error('The gateway ended before it was ready.')))
  })
  // Without its only door the shop is of no use, and why it fell is not known: like any unforeseen error.
  thread.on('error', (error) => {
    throw error
  })
  thread.on('exit', () => {
    if (!isStopping) throw new Error('The gateway ended by itself.')
  })
  return {
    url,
    async stop() {
      isStopping = true
      thread.postMessage('stop')
      await withTimeout(ended, STOP_TIMEOUT_MS, 'The gateway did not end').catch((error: unknown) => {
        logger.warn({ err: error }, 'gateway cut off')
        return thread.terminate()
      })
    },
  }
}
