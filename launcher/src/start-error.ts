import { AppError, messageOf } from '@order-flow/service-kit'

/** Why it could not start and how to go on, for the terminal. */
export function startSentence(error: unknown): string {
  if (!(error instanceof AppError)) return `Order Flow could not start: ${messageOf(error)}`
  if (error.problem !== 'port-in-use') return error.message
  return `${error.message} Stop that program, or start with --port N (the gateway's port) or --ephemeral (every other port chosen by the system).`
}
