import { expect, test } from 'vitest'
import { seededRandom } from './arrivals.ts'
import type { Ledger } from './ledger.ts'
import { GENERATOR, runLoad } from './load.ts'
import type { OrderSender, Outcome } from './order-sender.ts'

/** A gateway that answers after `answerMs` but stands still from `stillFromMs` to `stillToMs` (from its first request on). */
function aGateway({
  answerMs,
  stillFromMs = 0,
  stillToMs = 0,
  answer = { status: 201, retryAfter: false },
}: {
  answerMs: number
  stillFromMs?: number
  stillToMs?: number
  answer?: { status: number; retryAfter: boolean }
}) {
  let told: Ledger['told'] = () => {}
  let count = 0
  let open = 0
  let firstAtMs: number | undefined
  const sender: OrderSender = {
    send(_order, onOutcome: (outcome: Outcome) => void) {
      const orderId = `o${++count}`
      open += 1
      firstAtMs ??= performance.now()
      const sinceMs = performance.now() - firstAtMs
      const stillMs = sinceMs >= stillFromMs && sinceMs < stillToMs ? stillToMs - sinceMs : 0
      setTimeout(() => {
        open -= 1
        onOutcome({ ...answer, location: `/api/orders/${orderId}` })
        if (answer.status === 201) told(orderId, { confirmed: true, atMs: performance.now(), offset: 1 })
      }, stillMs + answerMs)
    },
    open: () => open,
    connections: () => 1,
    close: () => {},
  }
  const listen = (next: Ledger['told']) => {
    told = next
  }
  return { sender, outcomes: { listen } }
}

async function aLoad(gateway: ReturnType<typeof aGateway>) {
  const parts = { ...gateway, tokens: async () => ['t'], nextBody: () => '{}', random: seededRandom(3), processes: () => [] }
  const plan = { ordersPerSecond: 500, warmUpSeconds: 0.1, seconds: 1 }
  return runLoad({ ...parts, signal: new AbortController().signal }, plan)
}

test('a load sends at its rate and counts what is accepted and completed', async () => {
  const { result, samples } = await aLoad(aGateway({ answerMs: 5 }))
  expect(result.due).toBeGreaterThan(400)
  expect(result.due).toBeLessThan(600)
  expect(result.completedPerSecond).toBeGreaterThan(result.duePerSecond * 0.5)
  expect(result).toMatchObject({ unfinished: 0, errors: {}, rejected: 0, refused: 0 })
  expect(result.orderToNotificationMs.p50).toBeLessThan(500)
  expect(samples).toHaveLength(result.due)
})

test.runIf(process.platform === 'linux')('the generator’s own CPU time is part of the result', async () => {
  const { result } = await aLoad(aGateway({ answerMs: 5 }))
  expect(result.usage).toEqual([expect.objectContaining({ name: GENERATOR, processes: 1 })])
})

test('a standstill shows in the latency of every order that was due meanwhile', async () => {
  const { due, httpMs } = (await aLoad(aGateway({ answerMs: 1, stillFromMs: 300, stillToMs: 900 }))).result
  // Orders were due during six tenths of the measured second: the median is about half of the standstill.
  expect(due).toBeGreaterThan(400)
  expect(httpMs.p90).toBeGreaterThan(400)
  expect(httpMs.p50).toBeGreaterThan(50)
})

test('answers other than 201 are errors by status, unless they say when to come back', async () => {
  const down = (await aLoad(aGateway({ answerMs: 1, answer: { status: 503, retryAfter: false } }))).result
  expect(down).toMatchObject({ accepted: 0, completed: 0, refused: 0, errors: { 503: down.due } })
  const busy = (await aLoad(aGateway({ answerMs: 1, answer: { status: 503, retryAfter: true } }))).result
  expect(busy).toMatchObject({ accepted: 0, completed: 0, refused: busy.due, errors: {} })
})
