// The thread that carries the gateway; started by gateway.ts.
import { parentPort, workerData } from 'node:worker_threads'
import * as apiGateway from '@order-flow/api-gateway'
import { AppError, createLogger, type ErrorCode, messageOf, openService, type ServiceEnvironment } from '@order-flow/service-kit'

/** What the thread is to run. */
export interface GatewayOrder {
  environment: Omit<ServiceEnvironment, 'logger'>
  webDir: string
}

/** What the thread tells. */
export type GatewayMessage =
  | { type: 'ready'; url: string }
  | { type: 'failed'; code: ErrorCode; message: string; problem: string }
  | { type: 'log'; lines: string }

const LOG_EVERY_MS = 100
const MAX_LOG_CHARACTERS = 65_536

let lines = ''
const logging = setInterval(sendLog, LOG_EVERY_MS)
// Lines travel in blocks: a message each would cost more than the line.
const logger = createLogger('info', {
  write(line) {
    lines += line
    if (lines.length > MAX_LOG_CHARACTERS) sendLog()
  },
})

await run(workerData as GatewayOrder) // gateway.ts gives exactly this

async function run({ environment, webDir }: GatewayOrder): Promise<void> {
  try {
    const service = await openService(apiGateway.name, apiGateway.Config, { ...environment, logger })
    const app = apiGateway.createApp(service, { webDir })
    const url = await app.start()
    parentPort?.once('message', () => {
      app
        .stop()
        .catch((error: unknown) => logger.warn({ err: error }, 'gateway did not stop in order'))
        .finally(end)
    })
    tell({ type: 'ready', url })
  } catch (error) {
    const known = error instanceof AppError ? error : new AppError('internal', messageOf(error))
    tell({ type: 'failed', code: known.code, message: known.message, problem: known.problem })
    end()
  }
}

function sendLog(): void {
  if (lines.length > 0) tell({ type: 'log', lines })
  lines = ''
}

function end(): void {
  clearInterval(logging)
  sendLog()
  parentPort?.close()
}

function tell(message: GatewayMessage): void {
  parentPort?.postMessage(message)
}
