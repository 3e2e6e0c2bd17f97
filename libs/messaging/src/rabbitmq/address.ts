import { AppError } from '@order-flow/service-kit'

/** Where a RabbitMQ server is and as whom we use it. */
export interface RabbitAddress {
  /** With the password: never for a log. */
  url: string
  host: string
  port: number
  vhost: string
  user: string
}

const HEARTBEAT_SECONDS = 10

/** Reads `amqp://user:password@host:port/vhost` (or `amqps://`). Errors: `invalid`. */
export function parseAddress(text: string): RabbitAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const vhost = decode(url?.pathname.slice(1))
  const user = decode(url?.username)
  if (!url || !['amqp:', 'amqps:'].includes(url.protocol) || url.hostname === '' || vhost === undefined || user === undefined) {
    // The text itself may hold a password.
    throw new AppError('invalid', 'messaging.url is not the address of a RabbitMQ: it must look like amqp://user:password@host:5672/vhost.')
  }
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', `${HEARTBEAT_SECONDS}`)
  return {
    url: url.href,
    host: url.hostname,
    port: Number(url.port) || (url.protocol === 'amqps:' ? 5671 : 5672),
    vhost: vhost || '/',
    user: user || 'guest',
  }
}

function decode(part: string | undefined): string | undefined {
  try {
    return decodeURIComponent(part ?? '')
  } catch {
    return undefined
  }
}

/** For people: everything but the password. */
export function describeAddress({ host, port, vhost, user }: RabbitAddress): string {
  return `RabbitMQ at ${host}:${port} (vhost "${vhost}", user "${user}")`
}
