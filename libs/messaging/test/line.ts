import { createServer, connect as openSocket, type Socket } from 'node:net'

/** The network between a process and a server, as a thing that can fail. */
export interface Line {
  port: number
  /** Ends what goes through it, and whatever comes. */
  cut(): void
  /** From now on nothing gets through, in both directions, and nobody is told. */
  swallow(): void
  /** Ends what has lost bytes, and is a network again. */
  mend(): void
  /** Says something to every client in the server's place; only when the server says nothing. */
  say(bytes: Buffer): void
  close(): Promise<void>
}

export async function createLine(target: { host: string; port: number }): Promise<Line> {
  const nearEnds = new Set<Socket>()
  const sockets = new Set<Socket>()
  let state: 'whole' | 'cut' | 'swallows' = 'whole'

  const server = createServer((near) => {
    if (state === 'cut') return near.destroy()
    const far = openSocket(target)
    nearEnds.add(near)
    carry(near, far)
    carry(far, near)
    return undefined
  })
  const carry = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on('data', (bytes) => {
      if (state === 'whole') to.write(bytes)
    })
    from.on('error', () => undefined) // 'close' follows
    from.on('close', () => {
      sockets.delete(from)
      nearEnds.delete(from)
      // A dead network does not tell that the other side has given up either.
      if (state !== 'swallows') to.destroy()
    })
  }
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut() {
      state = 'cut'
      end()
    },
    swallow() {
      state = 'swallows'
    },
    mend() {
      if (state === 'swallows') end()
      state = 'whole'
    },
    say(bytes) {
      for (const near of nearEnds) near.write(bytes)
    },
    close() {
      end()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
