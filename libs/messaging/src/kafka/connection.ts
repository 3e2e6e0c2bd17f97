import { isIP } from 'node:net'
import { type BaseOptions, SASLMechanisms } from '@platformatic/kafka'
import type { KafkaAddress } from './address.ts'

export type KafkaConnection = ReturnType<typeof connectionTo>

/** What every client of the broker is opened with. A silent server is given up after 5 s, an unanswered request after 15 s. */
export function connectionTo({ servers, tls, login }: KafkaAddress, clientName: string) {
  return {
    clientId: clientName,
    bootstrapBrokers: servers,
    connectTimeout: 5000,
    requestTimeout: 15_000,
    retries: 3,
    retryDelay: 250,
    ...(tls ? { tls: {}, tlsServerName: !servers.some(isNumeric) } : {}),
    ...(login ? { sasl: { mechanism: SASLMechanisms.PLAIN, ...login } } : {}),
  } satisfies BaseOptions
}

/** TLS has names for servers, not numbers. */
function isNumeric(server: string): boolean {
  return server.startsWith('[') || isIP(server.split(':')[0] ?? '') !== 0
}
