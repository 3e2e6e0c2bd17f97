import type { Dispatcher } from 'undici'
import { expect, test } from 'vitest'
import { seededRandom } from './arrivals.ts'
import type { Ledger } from './ledger.ts'
import { runLoad } from './load.ts'

/** A gateway that answers after `answerMs` but stands still from `stillFromMs` to `stillToMs` (from its first request on). */
function aGateway({
  answerMs,
  stillFromMs = 0,
  stillToMs = 0,
  status = 201,
}: {
  answerMs: number
  stillFromMs?: number
  stillToMs?: number
  status?: number
}) {
  let told: Ledger['told'] = () => {}
  let count = 0
  let firstAtMs: number | undefined
  const http: Pick<Dispatcher, 'dispatch'> = {
    dispatch(_request, handler) {
      const orderId = `o${++count}`
      firstAtMs ??= performance.now()
      const sinceMs = performance.now() - firstAtMs
      const stillMs = sinceMs >= stillFromMs && sinceMs < stillToMs ? stillToMs - sinceMs : 0
      setTimeout(() => {
        const controller = {} as Dispatcher.DispatchController // none of it is used
        handler.onResponseStart?.(controller, status, { location: `/api/orders/${orderId}` })
        handler.onResponseEnd?.(controller, {})
        if (status === 201) told(orderId, { confirmed: true, atMs: performance.now() })
      }, stillMs + answerMs)
      return true
    },
  }
  const listen = (next: Ledger['told']) => {
    told = next
  }
  return { http, outcomes: { listen } }
}

function aLoad(gateway: ReturnType<typeof aGateway>) {
  const parts = { ...gateway, tokens: async () => ['t'], nextBody: () => '{}', random: seededRandom(3), serverPid: undefined }
  return runLoad({ ...parts, signal: new AbortController().signal }, { ordersPerSecond: 500, warmUpSeconds: 0.1, seconds: 1 })
}

test('a load sends at its rate and counts what is accepted and completed', async () => {
  const result = await aLoad(aGateway({ answerMs: 5 }))
  expect(result.due).toBeGreaterThan(400)
  expect(result.due).toBeLessThan(600)
  expect(result.completedPerSecond).toBeGreaterThan(result.duePerSecond * 0.5)
  expect(result).toMatchObject({ unfinished: 0, errors: {}, rejected: 0, serverCpu: null })
  expect(result.orderToNotificationMs.p50).toBeLessThan(500)
})

test('a standstill shows in the latency of every order that was due meanwhile', async () => {
  const { due, httpMs } = await aLoad(aGateway({ answerMs: 1, stillFromMs: 300, stillToMs: 900 }))
  // Orders were due during six tenths of the measured second: the median is about half of the standstill.
  expect(due).toBeGreaterThan(400)
  expect(httpMs.p90).toBeGreaterThan(400)
  expect(httpMs.p50).toBeGreaterThan(50)
})

test('answers other than 201 are errors by status', async () => {
  const result = await aLoad(aGateway({ answerMs: 1, status: 503 }))
  expect(result).toMatchObject({ accepted: 0, completed: 0, errors: { 503: result.due } })
})
