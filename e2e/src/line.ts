import { createServer, connect as openSocket, type Socket } from 'node:net'

/** The network between a browser and the shop, as a thing that can fail. */
export interface Line {
  /** Where the shop is at this end of the line, e.g. `http://127.0.0.1:41234`. */
  address: string
  /** Ends what goes through it, and everything that comes, without a word. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** Lays a line to a server such as `http://127.0.0.1:8080`; the caller closes it. */
export async function createLine(target: string): Promise<Line> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isCut = false
  const carry = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = openSocket(Number(port), hostname)
    carry(near, far)
    carry(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    address: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    cut() {
      isCut = true
      end()
    },
    mend() {
      isCut = false
    },
    close() {
      end()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
