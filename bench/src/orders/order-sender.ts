import { randomUUID } from 'node:crypto'
import { type Answer, type Connection, createConnection } from './http-connection.ts'

/** What became of one order request: an answer, or why there was none. */
export type Outcome = Answer | { cause: string }

export interface OrderRequest {
  /** An access token. */
  token: string
  /** JSON in ASCII. */
  body: string
}

export interface OrderSender {
  /** Sends without waiting. `onOutcome` is called once, later. */
  send(order: OrderRequest, onOutcome: (outcome: Outcome) => void): void
  /** Requests that have no outcome yet. */
  open(): number
  /** Connections there are. */
  connections(): number
  /** Cuts every connection. */
  close(): void
}

export interface OrderSenderOptions {
  /** The gateway's `http://host:port`. */
  url: string
  /** Connections at most, each with one request at a time; more requests wait. Default 4,000. */
  maxConnections?: number
  /** How long an answer may take, ms. Default 30,000. */
  timeoutMs?: number
}

interface Job {
  text: string
  onOutcome: (outcome: Outcome) => void
  sentAtMs: number
  isRepeated: boolean
}

const CHECK_MS = 1000

/**
 * Places orders over as many connections as there are requests open, as independent customers would, and uses the one
 * that was free last first, so that a slow start does not leave thousands in turn.
 */
export function createOrderSender({ url, maxConnections = 4000, timeoutMs = 30_000 }: OrderSenderOptions): OrderSender {
  const { hostname, port, host, protocol } = new URL(url)
  const address = { host: hostname, port: Number(port || 80) }
  if (protocol !== 'http:') throw new Error(`Orders are sent over plain HTTP, not to ${url}.`)
  const run = randomUUID()
  const idle: Connection[] = []
  const busy = new Map<Connection, Job>()
  const waiting: Job[] = []
  let number = 0
  let opened = 0
  let open = 0

  function send({ token, body }: OrderRequest, onOutcome: Job['onOutcome']): void {
    open += 1
    number += 1
    const text = `POST /api/orders HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\nidempotency-key: ${run}-${number}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    start({ text, onOutcome, sentAtMs: performance.now(), isRepeated: false })
  }

  function start(job: Job): void {
    const connection = freeConnection()
    if (!connection) {
      waiting.push(job)
      return
    }
    busy.set(connection, job)
    connection.send(job.text)
  }

  function freeConnection(): Connection | undefined {
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (connection.isOpen()) return connection
    }
    return opened < maxConnections ? openConnection() : undefined
  }

  function openConnection(): Connection {
    opened += 1
    const connection = createConnection({
      ...address,
      onAnswer(answer) {
        finish(connection, answer)
        idle.push(connection)
        startNext()
      },
      onClose(noAnswer) {
        opened -= 1
        const job = busy.get(connection)
        // Closed by the other side while it was idle: the key makes a second try harmless.
        if (job && noAnswer?.stale && !job.isRepeated) {
          busy.delete(connection)
          start({ ...job, isRepeated: true })
        } else {
          finish(connection, { cause: noAnswer?.cause ?? 'closed' })
        }
        startNext()
      },
    })
    return connection
  }

  function startNext(): void {
    const job = waiting.shift()
    if (job) start(job)
  }

  function finish(connection: Connection, outcome: Outcome): void {
    const job = busy.get(connection)
    if (!job) return
    busy.delete(connection)
    open -= 1
    job.onOutcome(outcome)
  }

  function cutOverdue(): void {
    const before = performance.now() - timeoutMs
    for (const [connection, { sentAtMs }] of busy) if (sentAtMs < before) connection.cut('no_answer')
  }

  const checking = setInterval(cutOverdue, CHECK_MS)

  return {
    send,
    open: () => open,
    connections: () => opened,
    close() {
      clearInterval(checking)
      waiting.length = 0
      for (const connection of [...idle, ...busy.keys()]) connection.cut('closed')
    },
  }
}
