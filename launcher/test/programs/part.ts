// A small part that listens, as services do; the environment says how it behaves.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
// The files themselves: the whole package takes longer to load than these tests to run.
import { AppError } from '../../../libs/service-kit/src/errors.ts'
import { runProcess } from '../../../libs/service-kit/src/run-process.ts'

const { TRACE = '/dev/null', SERVER_PORT = '0', BEHAVIOUR = '' } = process.env

function trace(word: string): void {
  appendFileSync(TRACE, `${word} ${process.pid}\n`)
}

await runProcess('part', async (logger) => {
  trace('start')
  if (BEHAVIOUR === 'refuses') throw new AppError('invalid', 'The colour is missing: set colour.')
  if (BEHAVIOUR === 'exits') process.exit(7)
  const server = createServer((request, response) => response.end(request.url))
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => reject(new AppError('unavailable', `Port ${SERVER_PORT} is in use.`, { problem: 'port-in-use' })))
    server.listen(Number(SERVER_PORT), '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  logger.info({ secret: process.env.SECRET_OF_THE_PARENT }, 'part started')
  if (BEHAVIOUR === 'ends after it was ready') setTimeout(() => process.exit(3), 20)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      trace('stop')
      if (BEHAVIOUR === 'never stops') await pause(60_000)
      server.close()
    },
  }
})
