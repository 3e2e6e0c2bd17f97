import type { ChatMessage, CloudEvent, EventData, LiveEvent, OpenConversation, ServerFrame } from '@order-flow/contracts'
import { LIVE_SUBPROTOCOL } from '@order-flow/contracts'
import { type Broker, createEvent, createInProcessBroker } from '@order-flow/messaging'
import { checkConfig, newId, silentLogger, type TokenVerifier } from '@order-flow/service-kit'
import { createTestService, type TestDatabase } from '@order-flow/service-kit/testing'
import { type ClientOptions, WebSocket } from 'ws'
import { Config, createApp, name } from '../src/app.ts'

export interface RunningService {
  url: string
  broker: Broker
  /** A request as `user` (`<userId>:<roles>`); answers status and parsed body. */
  call(user: string, method: string, path: string, body?: object): Promise<{ status: number; body: unknown; headers: Headers }>
  connect(token: string, options?: ClientOptions): Promise<LiveClient>
  stop(): Promise<void>
}

export interface RunOptions {
  settings?: Record<string, unknown>
  tokens?: TokenVerifier
}

/** A SQLite database that the service makes for itself and that goes with it. */
export const OWN_SQLITE: Pick<TestDatabase, 'config' | 'dataDir'> = {
  config: { url: '', schema: '', poolSize: 4, statementTimeoutMs: 10_000 },
  dataDir: undefined,
}

/** Starts an instance of the service for real on a free port, on the test's database, with its own message queue. */
export async function runService(
  { config: database, dataDir }: Pick<TestDatabase, 'config' | 'dataDir'>,
  { settings = {}, tokens }: RunOptions = {},
): Promise<RunningService> {
  const config = { ...checkConfig(Config, settings, () => 'the test'), database }
  const made = createTestService(name, config, dataDir === undefined ? {} : { dataDir })
  const service = tokens ? { ...made, tokens } : made
  const broker = createInProcessBroker({ groups: [name], logger: silentLogger })
  const app = await createApp(service, { broker })
  const url = await app.start()
  return {
    url,
    broker,
    async call(user, method, path, body) {
      const headers = { authorization: `Bearer ${user}`, ...(body && { 'content-type': 'application/json' }) }
      const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers }
    },
    connect: (token, options) => connectLive(url, token, options),
    async stop() {
      await broker.close()
      await app.stop()
    },
  }
}

export type LiveClient = Awaited<ReturnType<typeof connectLive>>
export type EventFrame = Extract<ServerFrame, { type: 'event' }>

const PATIENCE_MS = 5000

/** A client that keeps every frame it got. Rejects when the handshake is refused. */
export async function connectLive(url: string, token: string, options: ClientOptions = {}) {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/ws`, LIVE_SUBPROTOCOL, {
    headers: { authorization: `Bearer ${token}` },
    ...options,
  })
  const frames: ServerFrame[] = []
  let closed: { code: number; reason: string } | undefined
  let onChange = () => {}
  ws.on('message', (data) => {
    frames.push(JSON.parse(data.toString()) as ServerFrame) // the frames are what these tests check
    onChange()
  })
  ws.on('close', (code, reason) => {
    closed = { code, reason: reason.toString() }
    onChange()
  })
  await new Promise<void>((resolve, reject) => {
    ws.on('open', resolve)
    ws.on('error', reject)
  })

  /** Waits until `ask` answers something. */
  async function until<T>(ask: () => T | undefined | false): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const answer = ask()
      if (answer !== undefined && answer !== false) return answer
      if (Date.now() > deadline) throw new Error(`Waited in vain; ${frames.length} frames, last ${JSON.stringify(frames.at(-1))}.`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50)
        onChange = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  return {
    ws,
    frames,
    until,
    send: (frame: unknown) => ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    frame: <T extends ServerFrame['type']>(type: T) =>
      until(() => frames.find((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type)),
    events: () => frames.filter((frame): frame is EventFrame => frame.type === 'event'),
    offsets: () => frames.flatMap((frame) => (frame.type === 'event' ? [frame.offset] : [])),
    closed: () => until(() => closed),
    async subscribe(topic: string, after?: number) {
      ws.send(JSON.stringify({ type: 'subscribe', topic, ...(after !== undefined && { after }) }))
      return until(() => frames.find((frame) => frame.type === 'subscribed' && frame.topic === topic))
    },
    end: () => ws.terminate(),
  }
}

const MONEY = { items: 2000, total: 2000 }

export interface OrderFacts {
  customerId: string
  orderId?: string
  number?: string
}

/** The event of an order that was placed. */
export function orderPlaced({ customerId, orderId = newId(), number = 'OF-1' }: OrderFacts): CloudEvent {
  const data: EventData<'io.orderflow.order.placed.v1'> = {
    orderId,
    number,
    customerId,
    version: 1,
    status: 'placed',
    currency: 'EUR',
    totals: MONEY,
    lines: [],
    payment: { method: 'card', token: 'tok_visa' },
  }
  return createEvent('order-service', { type: 'io.orderflow.order.placed.v1', subject: orderId, data, at: new Date() })
}

/** The event of an order that needs a look, with any detail. */
export function attentionRaised({ customerId, orderId = newId(), number = 'OF-1' }: OrderFacts, detail: string): CloudEvent {
  const data = { orderId, number, customerId, version: 2, status: 'placed' as const, currency: 'EUR', totals: MONEY, detail }
  return createEvent('order-service', { type: 'io.orderflow.order.attention_raised.v1', subject: orderId, data, at: new Date() })
}

/** The message within a frame. */
export function messageIn(frame: EventFrame | undefined): ChatMessage | undefined {
  const event: LiveEvent | undefined = frame?.event
  return event?.kind === 'message' ? event.message : undefined
}

/** A first message that asks for help. */
export function aQuestion(over: Partial<OpenConversation> = {}): OpenConversation {
  return { body: 'Where is my parcel?', clientId: newId(), ...over }
}
