import { AppError, messageOf } from '@order-flow/service-kit'

export interface KafkaPlace {
  servers: readonly string[]
  namespace: string
  /** It has answered us before: address and sign-in are right. */
  isKnown: boolean
}

/** What is wrong, in one sentence for whoever runs the system. Code `invalid`: waiting does not mend it; `unavailable`: it may pass. */
export function kafkaProblemOf(error: unknown, { servers, namespace, isKnown }: KafkaPlace): AppError {
  if (error instanceof AppError) return error
  const causes = causesOf(error)
  // The library's errors hold a whole tree of tries: only the last is kept.
  const cause = leafOf(error)
  const kafka = `Kafka at ${servers.join(', ')}`
  const lasting = lastingProblem(causes, namespace)
  if (lasting) return new AppError('invalid', `${kafka} ${lasting}`, { cause })
  const reason = messageOf(cause).replace(/\.$/, '')
  if (!causes.some(({ code }) => code === 'PLT_KFK_NETWORK')) {
    return new AppError('unavailable', `${kafka} cannot be used: ${reason}.`, { cause })
  }
  // A server that wants something else of its clients only hangs up.
  const hint =
    !isKnown && reason.includes('closed') ? '; it may be something else than Kafka, or want user and password or TLS (kafkas://)' : ''
  return new AppError('unavailable', `${kafka} does not answer (${reason})${hint}.`, { cause })
}

function lastingProblem(causes: readonly Cause[], namespace: string): string | undefined {
  if (causes.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION'))
    return 'refuses user and password of messaging.url, or wants another way than SASL/PLAIN.'
  if (causes.some(({ message }) => message.includes('requires TLS'))) return 'wants TLS: begin messaging.url with kafkas://.'
  if (causes.some(({ code, message }) => code === 'ERR_SSL_WRONG_VERSION_NUMBER' || message.includes('TLS handshake failed')))
    return 'has no TLS: begin messaging.url with kafka://.'
  const forbidden = causes.find(({ apiId }) => apiId?.endsWith('AUTHORIZATION_FAILED'))
  if (forbidden)
    return `forbids it (${forbidden.apiId}): let the user of messaging.url use topics and groups that begin with "${namespace}".`
  return undefined
}

interface Cause {
  message: string
  code?: string
  /** Kafka's name of the error. */
  apiId?: string
}

/** The error, its causes and what it collects, outermost first; at most 100. */
function causesOf(error: unknown): Cause[] {
  const found: Cause[] = []
  const open: unknown[] = [error]
  while (open.length > 0 && found.length < 100) {
    const next = open.shift()
    if (!(next instanceof Error)) continue
    found.push(next as Cause) // an Error has the message, and the library adds the rest
    open.push(...innerErrorsOf(next))
  }
  return found
}

/** What the last try came to. */
function leafOf(error: unknown): unknown {
  const inner = error instanceof Error ? innerErrorsOf(error).at(-1) : undefined
  return inner ? leafOf(inner) : error
}

function innerErrorsOf(error: Error): unknown[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors
  return error.cause ? [error.cause] : []
}
