import type { IncomingMessage } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** Without a request for so long nobody is taken to have one on its way. */
const QUIET_MS = 250
const MAX_GRACE_MS = 1000
const POLL_MS = 10

/**
 * Has `http.close()` fail nobody. At once it stops listening, so that clients go elsewhere; what comes on connections that
 * are open is answered, with `Connection: close`. Idle connections are closed only when no request has come for a moment,
 * a second later at most: one may be on its way that its client sent before it could know. Then requests that run are
 * waited for. Upgraded connections are their owner's.
 */
export function closeGently(http: FastifyInstance): void {
  const open = new Set<Socket>()
  /** Nothing has been asked on them yet; Node does not count them as idle. */
  const unused = new Set<Socket>()
  let lastRequestAtMs = Number.NEGATIVE_INFINITY

  http.server.on('connection', (socket: Socket) => {
    open.add(socket)
    unused.add(socket)
    socket.once('close', () => forget(socket))
  })
  http.server.on('request', ({ socket }: IncomingMessage) => {
    unused.delete(socket)
    lastRequestAtMs = performance.now()
  })
  http.server.on('upgrade', ({ socket }: IncomingMessage) => forget(socket))

  function forget(socket: Socket): void {
    open.delete(socket)
    unused.delete(socket)
  }

  http.addHook('preClose', async () => {
    // Not http's own close: that closes idle connections, too.
    if (http.server.listening) NetServer.prototype.close.call(http.server)
    const graceEndsAtMs = performance.now() + MAX_GRACE_MS
    while (open.size > 0) {
      const nowMs = performance.now()
      if (nowMs - lastRequestAtMs > QUIET_MS || nowMs > graceEndsAtMs) {
        http.server.closeIdleConnections()
        for (const socket of unused) socket.destroy()
      }
      await pause(POLL_MS)
    }
  })
}
