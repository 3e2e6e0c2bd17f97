import { connect, type Socket } from 'node:net'

/** An answer to one request. `location` is '' where there was none. */
export interface Answer {
  status: number
  location: string
  retryAfter: boolean
}

/** Why there was no answer. `stale`: a connection that had served before ended without a byte of this answer: it was old. */
export interface NoAnswer {
  cause: string
  stale: boolean
}

export interface ConnectionOptions {
  host: string
  port: number
  onAnswer: (answer: Answer) => void
  /** The connection is over. Called once; `request` says what became of the request that was open, if any. */
  onClose: (request: NoAnswer | undefined) => void
}

const READ_BYTES = 16_384
const HEAD_END = '\r\n\r\n'

/**
 * One HTTP/1.1 connection that sends one request at a time, written for load: a request costs a fraction of what a
 * general client takes, which leaves the machine to the system that is measured. It understands what an HTTP/1.1 server
 * may answer to a POST: a body with a length, in chunks, or none.
 */
export function createConnection({ host, port, onAnswer, onClose }: ConnectionOptions) {
  let pending = ''
  let isBusy = false
  let served = 0
  let cause = 'closed'
  let isCut = false
  // Its own: on Windows reads are under way before there is anything to read.
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  const socket: Socket = connect({ host, port, noDelay: true, onread: { buffer, callback: read } })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    cause = error.code ?? error.name
  })
  socket.on('close', () => onClose(isBusy ? { cause, stale: served > 0 && pending === '' && !isCut } : undefined))

  function read(bytes: number): boolean {
    // Nobody asked: a server that says why it closes an idle connection.
    if (!isBusy) socket.destroy()
    else take(bytes)
    return true
  }

  function take(bytes: number): void {
    const text = buffer.toString('latin1', 0, bytes)
    pending = pending === '' ? text : pending + text
    const headEnd = pending.indexOf(HEAD_END)
    if (headEnd === -1) return
    const head = pending.slice(0, headEnd)
    if (pending.length < endOf(head, pending, headEnd + HEAD_END.length)) return
    pending = ''
    isBusy = false
    served += 1
    if (/\r\nconnection: *close/i.test(head)) socket.end()
    onAnswer({
      status: Number(head.slice(9, 12)),
      location: headerOf(head, 'location') ?? '',
      retryAfter: headerOf(head, 'retry-after') !== undefined,
    })
  }

  return {
    /** Whether a request may be sent now or, for a connection that is being made, will be soon. */
    isOpen: () => !socket.destroyed && socket.writable,
    /** `request`: the whole of it, in characters of one byte. Only while no other is open. */
    send(request: string): void {
      isBusy = true
      socket.write(request, 'latin1')
    },
    /** Ends it at once; an open request is told to have ended of this cause. */
    cut(because: string): void {
      cause = because
      isCut = true
      socket.destroy()
    },
  }
}

export type Connection = ReturnType<typeof createConnection>

/** Where the answer whose head is known ends; infinity while that cannot be said. */
function endOf(head: string, text: string, bodyStart: number): number {
  const length = headerOf(head, 'content-length')
  if (length !== undefined) return bodyStart + Number(length)
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return bodyStart
  for (let at = bodyStart; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return Number.POSITIVE_INFINITY
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    at = lineEnd + 2 + size + 2
    if (size === 0) return at
  }
}

const PATTERNS = {
  'content-length': /\r\ncontent-length: *(\d+)/i,
  location: /\r\nlocation: *([^\r]*)/i,
  'retry-after': /\r\nretry-after: *([^\r]*)/i,
} as const

function headerOf(head: string, name: keyof typeof PATTERNS): string | undefined {
  return PATTERNS[name].exec(head)?.[1]
}
