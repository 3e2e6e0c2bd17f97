import { connect } from 'node:net'
import { whyNotBuilt } from '../interop/eureka/build.ts'

/** The servers that some tests need, with the variable that names another address than the usual one. */
const ENGINES = [
  { name: 'PostgreSQL', variable: 'ORDER_FLOW_TEST_POSTGRES', host: '127.0.0.1', port: 5432 },
  { name: 'RabbitMQ', variable: 'ORDER_FLOW_TEST_RABBITMQ', host: '127.0.0.1', port: 5672 },
  { name: 'Kafka', variable: 'ORDER_FLOW_TEST_KAFKA', host: '127.0.0.1', port: 9092 },
]
const TIMEOUT_MS = 1000

/** Vitest's global set-up: says after the tests which of them had no server or no programs to run on. */
export async function setup(): Promise<() => void> {
  const found = await Promise.all(ENGINES.map(answers))
  const missing = ENGINES.filter((_engine, index) => !found[index])
  return () => {
    for (const { name, variable } of missing) {
      const hint = variable in process.env ? `${variable}=${process.env[variable]}` : 'its usual port'
      console.log(`SKIPPED: the tests that need ${name}: it does not answer at ${hint}. Start it, or set ${variable}.`)
    }
    const noPrograms = whyNotBuilt()
    if (noPrograms) console.log(`SKIPPED: the tests on Java's Eureka programs. ${noPrograms}`)
  }
}

function answers({ variable, host, port }: (typeof ENGINES)[number]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...addressOf(process.env[variable]), timeout: TIMEOUT_MS })
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
    socket.on('timeout', () => end(false))
  })

  function addressOf(text: string | undefined): { host: string; port: number } {
    if (!text) return { host, port }
    const url = new URL(text.includes('://') ? text : `tcp://${text}`)
    return { host: url.hostname || host, port: Number(url.port || port) }
  }
}
