import { EXIT, Failure } from '../command.ts'
import type { Answer } from './answer-parser.ts'
import { type Connection, createConnection, type Place } from './connection.ts'

const ANSWER_TIMEOUT_MS = 120_000

/** Asks one thing after the other over a connection of its own, which is made again when the registry has closed it. */
export function createAsker(place: Place) {
  let connection: Connection | undefined
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void; timer: NodeJS.Timeout } | undefined

  function settle(): typeof waiting {
    const settled = waiting
    waiting = undefined
    clearTimeout(settled?.timer)
    return settled
  }

  function open(): Connection {
    return createConnection({
      ...place,
      keepBodies: true,
      onAnswer: (answer) => settle()?.resolve(answer),
      onClose(cause) {
        if (cause !== undefined) settle()?.reject(new Failure(EXIT.failed, `The registry did not answer (${cause}).`))
      },
    })
  }

  return {
    /** Only one at a time. Errors: a Failure when no answer comes. */
    ask(request: Buffer): Promise<Answer> {
      if (!connection?.isOpen()) connection = open()
      const { send, cut } = connection
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject, timer: setTimeout(() => cut('no answer in time'), ANSWER_TIMEOUT_MS) }
        send(request)
      })
    },
    close(): void {
      connection?.cut('closed')
    },
  }
}

export type Asker = ReturnType<typeof createAsker>
