import { EXIT, Failure } from '../command.ts'
import type { Gateway } from '../gateway.ts'
import { openLiveSocket } from '../live-socket.ts'
import type { SignIn } from '../sign-in.ts'
import type { Told } from './ledger.ts'
import { registerCustomers } from './participants.ts'

type Listener = (orderId: string, told: Told) => void

export interface CrowdOptions {
  gateway: Gateway
  customers: number
  /** At least one for every customer. */
  sockets: number
  signal: AbortSignal
}

/** New customers who listen to what they are told of their orders. */
export async function openCrowd({ gateway, customers: count, sockets: socketCount, signal }: CrowdOptions) {
  const customers = await registerCustomers(gateway, count)
  const sockets: { close(): Promise<void> }[] = []
  let listener: Listener = () => {}
  const close = async () => void (await Promise.all(sockets.map((socket) => socket.close())))
  try {
    for (let index = 0; index < socketCount; index += 1) {
      // A customer's further sockets get everything too, but an order completes when the first one has told of it.
      const told: Listener = index < count ? (...outcome) => listener(...outcome) : () => {}
      sockets.push(await listen(customers[index % count], { gatewayUrl: gateway.url, told, signal }))
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    /** Access tokens of all customers. */
    tokens: () => Promise.all(customers.map((customer) => customer.token())),
    /** From now on `next` hears the outcomes, and nobody else. */
    listen(next: Listener): void {
      listener = next
    },
    close,
  }
}

interface Listening {
  gatewayUrl: string
  told: Listener
  signal: AbortSignal
}

function listen(customer: SignIn | undefined, { gatewayUrl, told, signal }: Listening) {
  if (!customer) throw new Failure(EXIT.badInput, 'A benchmark needs a customer.')
  return openLiveSocket({
    gatewayUrl,
    topic: 'user:me',
    token: customer.token,
    signal,
    onEvent(event, atMs, offset) {
      if (event.kind !== 'notification') return
      const { orderId, status } = event.notification
      if (status === 'confirmed' || status === 'rejected') told(orderId, { confirmed: status === 'confirmed', atMs, offset: offset ?? 0 })
    },
  })
}
