import { createServer, connect as openSocket, type Server, type Socket } from 'node:net'
import { createLane, type Lane, type LaneFaults } from './fault-lane.ts'

export type { LaneFaults } from './fault-lane.ts'

/** What goes wrong on a line. A direction that is left out has no faults. */
export interface Faults {
  toTarget?: LaneFaults
  toClient?: LaneFaults
  /** New connections are reset at once. */
  refused?: boolean
}

/** The network between a client and a server, as a thing that can fail. It listens on the loopback only. */
export interface FaultProxy {
  port: number
  /** The faults from now on, instead of those before, also for connections that are open. */
  disturb(faults: Faults): void
  /** Both directions swallow everything or, with `held`, hold it back; nobody is told. */
  blackHole(flow?: LaneFaults['flow']): void
  /** Resets what is open, and at once whatever comes. */
  cut(): void
  /** Resets what is open; new connections are as before. */
  reset(): void
  /** No faults any more. Connections that have lost bytes are reset. */
  mend(): void
  openConnections(): number
  close(): Promise<void>
}

interface Connection {
  near: Socket
  far: Socket
  lanes: readonly Lane[]
}

const MAX_CONNECTIONS = 1000
const HOST = '127.0.0.1'

/** Lays a line to a server on this machine; the caller closes it. `port` 0: chosen by the system. */
export async function createFaultProxy(target: { host: string; port: number }, port = 0): Promise<FaultProxy> {
  const connections = new Set<Connection>()
  let faults: Faults = {}
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  server.maxConnections = MAX_CONNECTIONS
  const listeningOn = await listen(server, port)

  function accept(near: Socket): void {
    if (faults.refused) {
      near.resetAndDestroy()
      return
    }
    const far = openSocket({ ...target, allowHalfOpen: true, noDelay: true })
    const lanes = [createLane(near, far, () => faults.toTarget ?? {}), createLane(far, near, () => faults.toClient ?? {})]
    const connection = { near, far, lanes }
    connections.add(connection)
    for (const socket of [near, far]) {
      socket.on('close', () => {
        if (near.destroyed && far.destroyed) connections.delete(connection)
      })
    }
  }

  function disturb(next: Faults): void {
    faults = next
    for (const { lanes } of connections) for (const lane of lanes) lane.look()
  }

  function reset(which: (connection: Connection) => boolean = () => true): void {
    for (const connection of [...connections].filter(which)) {
      connection.near.resetAndDestroy()
      connection.far.resetAndDestroy()
    }
  }

  return {
    port: listeningOn,
    disturb,
    blackHole: (flow = 'swallowed') => disturb({ toTarget: { flow }, toClient: { flow } }),
    cut() {
      disturb({ refused: true })
      reset()
    },
    reset: () => reset(),
    mend() {
      reset(({ lanes }) => lanes.some((lane) => lane.hasLost()))
      disturb({})
    },
    openConnections: () => connections.size,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      reset()
      await closed
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}
