import { createServer } from 'node:net'
import { AppError } from '@order-flow/service-kit'

// Below the range from which systems take ports for outgoing connections: one that is free now is still free when its
// service starts, and when it starts again.
const FIRST_PORT = 20_000
const LAST_PORT = 31_999
const MAX_TRIES = 100

/** A free port of the loopback that this process has not been given before. */
export function createPortPicker(): () => Promise<number> {
  const given = new Set<number>()
  return async () => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1))
      if (given.has(port) || !(await isFree(port))) continue
      given.add(port)
      return port
    }
    throw new AppError('unavailable', `No free port was found between ${FIRST_PORT} and ${LAST_PORT}.`)
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
