import type { Logger } from '@order-flow/service-kit'
import type { LocalChange } from '../http/writes.ts'
import type { Registry } from '../registry/registry.ts'
import { createPeer, type PeerOptions, type PeerState } from './peer.ts'
import type { PeerAddress } from './peer-address.ts'

export interface PeersParts {
  addresses: readonly PeerAddress[]
  registry: Registry
  options: PeerOptions
  logger: Logger
  now(): number
}

/** The other registries that hold the same instances. Each tells each of what its own clients change; nothing is passed on twice. */
export interface Peers {
  tell(change: LocalChange): void
  states(): PeerState[]
  /** Sends what waits, for a second at most. */
  stop(): Promise<void>
}

export const NO_PEERS: Peers = { tell() {}, states: () => [], async stop() {} }

const STOP_GRACE_MS = 1000

export function createPeers({ addresses, ...parts }: PeersParts): Peers {
  const peers = addresses.map((address) => createPeer({ address, ...parts }))
  return {
    tell(change) {
      for (const peer of peers) peer.tell(change)
    },
    states: () => peers.map((peer) => peer.state()),
    stop: async () => void (await Promise.all(peers.map((peer) => peer.stop(STOP_GRACE_MS)))),
  }
}
