import { AppError } from '@order-flow/service-kit'

/** Where Kafka is and who we are there. */
export interface KafkaAddress {
  /** `host:port` each. */
  servers: string[]
  tls: boolean
  /** SASL/PLAIN; undefined: nobody asks. */
  login: { username: string; password: string } | undefined
}

const URL = /^(?:(?<scheme>kafkas?):\/\/)?(?:(?<username>[^:@/\s]+):(?<password>[^@/\s]+)@)?(?<servers>[^@/\s]+)\/?$/
const SERVER = /^(?:\[[0-9a-fA-F:.]+\]|[^:[\]]+):(?<port>\d{1,5})$/
const MAX_PORT = 65_535

/**
 * Reads `host:port,host:port` or `kafka://user:password@host:port,host:port`, `kafkas://` with TLS; what is special in a
 * URL is percent-encoded in user and password. Errors: `invalid`; it never repeats the address, which may hold a password.
 */
export function parseKafkaAddress(url: string): KafkaAddress {
  const parts = URL.exec(url)?.groups
  const servers = parts?.servers?.split(',') ?? []
  if (servers.length === 0 || !servers.every(isServer)) {
    throw new AppError(
      'invalid',
      'messaging.url is no address of Kafka: write host:port, more of them after commas, or kafka://user:password@host:port (kafkas:// with TLS).',
    )
  }
  const login = parts?.username && parts.password ? { username: decode(parts.username), password: decode(parts.password) } : undefined
  return { servers, tls: parts?.scheme === 'kafkas', login }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new AppError('invalid', 'User or password in messaging.url has a % that is not followed by two hexadecimal digits: write %25.')
  }
}

function isServer(server: string): boolean {
  const port = Number(SERVER.exec(server)?.groups?.port ?? 0)
  return port > 0 && port <= MAX_PORT
}
