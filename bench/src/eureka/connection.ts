import { connect, type Socket } from 'node:net'
import { type Answer, createAnswerParser } from './answer-parser.ts'

/** Where a registry answers. */
export interface Place {
  host: string
  port: number
}

export interface ConnectionOptions extends Place {
  keepBodies: boolean
  onAnswer: (answer: Answer) => void
  /** Called once; `cause` is undefined when no request was open. */
  onClose: (cause: string | undefined) => void
}

const READ_BYTES = 65_536

/** One HTTP/1.1 connection that sends one request at a time and reads its answer, at the least cost for this process. */
export function createConnection({ host, port, keepBodies, onAnswer, onClose }: ConnectionOptions) {
  const parser = createAnswerParser({ keepBodies })
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  let isBusy = false
  let cause = 'closed'
  const socket: Socket = connect({ host, port, noDelay: true, onread: { buffer, callback: read } })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    cause = error.code ?? error.name
  })
  socket.on('close', () => onClose(isBusy ? cause : undefined))

  function read(bytes: number): boolean {
    const answer = isBusy ? parser.take(buffer, bytes) : undefined
    if (answer) {
      isBusy = false
      if (answer.closes) socket.destroy()
      onAnswer(answer)
    }
    return true
  }

  return {
    /** Whether a request may be sent: now, or as soon as the connection is made. */
    isOpen: () => !socket.destroyed && socket.writable,
    /** Sends a whole request. Only while no other is open. */
    send(request: Buffer): void {
      isBusy = true
      socket.write(request)
    },
    /** Ends it at once; an open request is told to have ended of this cause. */
    cut(because: string): void {
      cause = because
      socket.destroy()
    },
  }
}

export type Connection = ReturnType<typeof createConnection>
