import { AppError, messageOf } from '@order-flow/service-kit'
import { describeAddress, type RabbitAddress } from './address.ts'

const TLS_ERROR = /CERT|SELF_SIGNED|^ERR_TLS|^ERR_SSL|UNABLE_TO_/
const MIN_VERSION = [3, 10] as const

/**
 * What went wrong with a RabbitMQ server, in a sentence. Code `invalid`: somebody must change something there or in our
 * configuration, waiting does not mend it; `unavailable`: it may work again by itself.
 */
export function problemOf(error: unknown, address: RabbitAddress): AppError {
  if (error instanceof AppError) return error
  const where = describeAddress(address)
  const text = textOf(error)
  const lasting = signInProblem(text, address) ?? permissionProblem(text, address) ?? shardsProblem(text) ?? argumentProblem(text)
  if (lasting) return new AppError('invalid', `${where} ${lasting}`, { cause: error })
  if (TLS_ERROR.test(codeOf(error))) {
    return new AppError('invalid', `${where} has no TLS certificate that we trust: ${text}. Name its authority in NODE_EXTRA_CA_CERTS.`, {
      cause: error,
    })
  }
  return new AppError('unavailable', `${where} cannot be used: ${text.replace(/\.$/, '')}.`, { cause: error })
}

/** Whether waiting does not mend it. */
export function isLasting(problem: AppError): boolean {
  return problem.code === 'invalid'
}

/** Errors: `invalid` when the server is too old for dead letters that are not lost. */
export function checkVersion(version: string, address: RabbitAddress): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1])) return
  throw new AppError('invalid', `${describeAddress(address)} is version ${version}; version ${MIN_VERSION.join('.')} or later is needed.`)
}

function signInProblem(text: string, { vhost, user }: RabbitAddress): string | undefined {
  if (/ACCESS_REFUSED - Login was refused/.test(text)) {
    const guest = user === 'guest' ? ' (RabbitMQ lets "guest" in only from its own machine)' : ''
    return `refuses the user: unknown, or the password is wrong${guest}. Set messaging.url to a user that exists, or make it: rabbitmqctl add_user ${user} PASSWORD.`
  }
  // The server's own words are not passed on by the client library here.
  if (/Expected ConnectionOpenOk; got <ConnectionClose/.test(text)) {
    return `refuses the vhost: it does not exist, the user has no permissions on it, or it takes no more connections. rabbitmqctl add_vhost "${vhost}" makes it, rabbitmqctl set_permissions -p "${vhost}" ${user} ".*" ".*" ".*" lets the user in.`
  }
  return undefined
}

function permissionProblem(text: string, { vhost, user }: RabbitAddress): string | undefined {
  const refused = /ACCESS_REFUSED - (.*? refused for user)/.exec(text)?.[1]
  if (!refused) return undefined
  const subject = refused.replace(/ refused for user$/, '').replace(/ in vhost '.*'/, '')
  return `refuses ${subject}: the user needs permission to configure, write and read what begins with our namespace: rabbitmqctl set_permissions -p "${vhost}" ${user} "^order-flow\\." "^order-flow\\." "^order-flow\\.".`
}

function shardsProblem(text: string): string | undefined {
  const [, ours, theirs] = /'x-max-length' for queue '[^']+\.shards' .*received '(\d+)' but current is '(\d+)'/.exec(text) ?? []
  if (!theirs) return undefined
  return `has queues for ${theirs} shards, but messaging.shards is ${ours}: another number would break the order of events. Set it to ${theirs}; docs/messaging.md tells how to change it.`
}

function argumentProblem(text: string): string | undefined {
  const [, argument, subject, values] = /inequivalent arg '([^']+)' for (\w+ '[^']+').*?: (received .*?)"?$/.exec(text) ?? []
  if (!argument) return undefined
  return `has ${subject?.replaceAll("'", '"')} with another ${argument} (${values}): something else or another version made it. Delete it when it is empty, or use another vhost.`
}

function textOf(error: unknown): string {
  // Several addresses of one name were tried: the error has no text of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ')
  return messageOf(error)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
