import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { createHealth } from './health.ts'
import { createHttpServer } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

async function openServer() {
  const http = createHttpServer({
    name: 'part',
    version: '1',
    logger: silentLogger,
    health: createHealth(),
    metrics: createMetrics('part'),
  })
  const started = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  http.get('/slow', async () => {
    started.resolve()
    await goOn.promise
    return 'done'
  })
  const url = await http.listen({ host: '127.0.0.1', port: 0 })
  return { http, url, started: started.promise, goOn: goOn.resolve }
}

test('closing does not wait for a connection on which nothing was asked', async () => {
  const { http, url } = await openServer()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const closed = once(socket, 'close')
  await once(http.server, 'connection')
  await http.close()
  await closed
})

test('closing lets a request that runs come to its end', async () => {
  const { http, url, started, goOn } = await openServer()
  const answer = fetch(`${url}/slow`)
  await started
  const closing = http.close()
  goOn()
  expect(await (await answer).text()).toBe('done')
  await closing
})
