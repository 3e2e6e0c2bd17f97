import { createAsker } from './asker.ts'
import type { Place } from './connection.ts'
import { type BenchInstance, benchInstance, LONG_LEASE } from './instances.ts'
import type { Requests } from './requests.ts'

const FIRST_NUMBER = 800_000
const APPLICATIONS = 20
/** So many are registered before the oldest leaves again. */
const ALIVE = 30

let nextNumber = FIRST_NUMBER

/** Makes so many changes a second: new instances come, and after a while they go; whole applications with them. */
export function startChurn(place: Place, requests: Requests, perSecond: number) {
  const asker = createAsker(place)
  const alive: BenchInstance[] = []
  let last: Promise<unknown> | undefined
  let changes = 0

  function change(): Promise<unknown> {
    changes += 1
    const oldest = alive.length > ALIVE || (alive.length === ALIVE && changes % 2 === 0) ? alive.shift() : undefined
    if (oldest) return asker.ask(requests.cancel(oldest))
    const number = nextNumber++
    const instance = benchInstance(`CHURN-${number % APPLICATIONS}`, number)
    alive.push(instance)
    return asker.ask(requests.register(instance, LONG_LEASE))
  }

  const timer = setInterval(() => {
    if (last) return
    last = change()
      .catch(() => undefined) // the next one is tried all the same
      .then(() => {
        last = undefined
      })
  }, 1000 / perSecond)

  return {
    /** Ends it and takes away what it brought. */
    async stop(): Promise<void> {
      clearInterval(timer)
      await last
      for (const instance of alive) await asker.ask(requests.cancel(instance)).catch(() => undefined)
      asker.close()
    },
  }
}
