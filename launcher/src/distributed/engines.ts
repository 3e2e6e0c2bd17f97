import { connect } from 'node:net'
import { AppError, createDatabase, messageOf, provisionPostgres } from '@order-flow/service-kit'
import type { Logins } from './logins.ts'
import type { BrokerKind } from './options.ts'

export interface EngineAddresses {
  /** As a role that may make roles and schemas, and the database when it is missing. */
  databaseUrl: string
  broker: BrokerKind
  brokerUrl: string
}

const CONNECT_TIMEOUT_MS = 5000
const DEFAULT_PORTS: Record<string, number> = { 'amqp:': 5672, 'amqps:': 5671, 'kafka:': 9092 }

/**
 * Checks that both engines answer and brings the database to the state that the services need. Errors: one sentence that
 * says what is wrong and how to go on. Whether the message queue lets us in, the services find out.
 */
export async function prepareEngines({ databaseUrl, broker, brokerUrl }: EngineAddresses, logins: Logins): Promise<void> {
  await Promise.all([prepareDatabase(databaseUrl, logins), checkBroker(broker, brokerUrl)])
}

async function prepareDatabase(adminUrl: string, { services, auditor }: Logins): Promise<void> {
  try {
    await createDatabase(adminUrl)
    await provisionPostgres({ adminUrl, services, auditor })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const message = error.message.replaceAll('database.url', '--database-url (or DATABASE_URL)')
    const hint = error.code === 'unavailable' ? ' Start it, or name another with --database-url (or DATABASE_URL).' : ''
    throw new AppError(error.code, `${message}${hint}`, { cause: error })
  }
}

async function checkBroker(kind: BrokerKind, url: string): Promise<void> {
  const name = kind === 'rabbitmq' ? 'RabbitMQ' : 'Kafka'
  const places = placesOf(kind, url)
  const answers = await Promise.allSettled(places.map(reach))
  if (answers.some(({ status }) => status === 'fulfilled')) return
  const reason = answers.find((answer) => answer.status === 'rejected')?.reason
  const where = places.map(({ host, port }) => `${host}:${port}`).join(', ')
  throw new AppError(
    'unavailable',
    `${name} does not answer at ${where}: ${messageOf(reason)}. Start it, or name another with --broker-url (or BROKER_URL).`,
  )
}

interface Place {
  host: string
  port: number
}

/** The text itself is not told: it may hold a password. */
function placesOf(kind: BrokerKind, text: string): Place[] {
  const places = kind === 'rabbitmq' ? [placeOf(text, ['amqp:', 'amqps:'])] : serversOf(text).map((server) => placeOf(server, ['kafka:']))
  const found = places.filter((place) => place !== undefined)
  if (found.length === places.length) return found
  const shape = kind === 'rabbitmq' ? 'amqp://user:password@host:5672/vhost' : 'host:9092,host:9092'
  throw new AppError('invalid', `--broker-url (or BROKER_URL) is not the address of ${kind}: it must look like ${shape}.`)
}

/** `host:port,host:port`, perhaps with `kafka://user:password@` before them. */
function serversOf(text: string): string[] {
  const servers = text.replace(/^kafkas?:\/\//, '').replace(/^.*@/, '')
  return servers.split(',').map((server) => `kafka://${server.trim()}`)
}

function placeOf(text: string, protocols: readonly string[]): Place | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !protocols.includes(url.protocol) || url.hostname === '') return undefined
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 0) }
}

function reach({ host, port }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS })
    const end = (error?: Error) => {
      socket.destroy()
      if (error) reject(error)
      else resolve()
    }
    socket.once('connect', () => end())
    socket.once('error', (error) => end(error instanceof AggregateError ? error.errors[0] : error))
    socket.once('timeout', () => end(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)))
  })
}
