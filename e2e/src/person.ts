import { randomUUID } from 'node:crypto'
import { createHttpClient, type HttpClient } from '@order-flow/client'
import {
  type Credentials,
  LIVE_SUBPROTOCOL,
  type LiveEvent,
  type Order,
  type ServerFrame,
  type Session,
  type Topic,
} from '@order-flow/contracts'
import { WebSocket } from 'ws'
import type { System } from './system.ts'

/** Somebody who is signed in. */
export interface Person {
  id: string
  credentials: Credentials
  accessToken: string
  shop: HttpClient
  /** Places an order for one product. */
  order(sku: string, quantity?: number, token?: string): Promise<Order>
  /** Opens a socket and subscribes. */
  listen(topic: Topic, after?: number): Promise<Listener>
}

/** A socket and what it has received. */
export interface Listener {
  events: { offset: number | undefined; event: LiveEvent }[]
  frames: ServerFrame[]
  close(): void
}

/** Signs in one of the first accounts by role. */
export async function signIn(system: System, role: string): Promise<Person> {
  const account = system.accounts[role]
  if (!account) throw new Error(`There is no account for ${role}.`)
  const session = await createHttpClient({ baseUrl: system.gateway }).login(account)
  return aPerson(system, account, session)
}

/** Registers a new customer. */
export async function register(system: System): Promise<Person> {
  const credentials = { email: `${randomUUID()}@customers.example`, password: randomUUID() }
  const session = await createHttpClient({ baseUrl: system.gateway }).register({ ...credentials, name: 'A Customer' })
  return aPerson(system, credentials, session)
}

function aPerson(system: System, credentials: Credentials, { accessToken, account }: Session): Person {
  const shop = createHttpClient({ baseUrl: system.gateway, accessToken })
  return {
    id: account.id,
    credentials,
    accessToken,
    shop,
    order: (sku, quantity = 1, token = 'tok_visa') =>
      shop.placeOrder({ lines: [{ sku, quantity }], payment: { method: 'card', token } }, randomUUID()),
    listen: (topic, after) => listen(system, accessToken, { type: 'subscribe', topic, ...(after !== undefined && { after }) }),
  }
}

async function listen(system: System, accessToken: string, subscription: object): Promise<Listener> {
  const socket = new WebSocket(`${system.gateway.replace('http', 'ws')}/ws`, LIVE_SUBPROTOCOL, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  const listener: Listener = { events: [], frames: [], close: () => socket.close() }
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () => socket.send(JSON.stringify(subscription)))
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as ServerFrame // our own server's
      listener.frames.push(frame)
      if (frame.type === 'event') listener.events.push({ offset: frame.offset, event: frame.event })
      if (frame.type === 'subscribed') resolve()
      if (frame.type === 'error') reject(new Error(frame.problem.detail))
    })
  })
  return listener
}
