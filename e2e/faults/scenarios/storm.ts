import { setTimeout as pause } from 'node:timers/promises'
import { ANY_BROKER, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

type Strike = (stage: Stage) => Promise<string>

/** Each breaks something for a moment and mends it. */
const STRIKES: readonly Strike[] = [
  async ({ shop, random }) => {
    const instance = random.pick(shop.instances)
    shop.signal(instance, 'SIGKILL')
    return `kill -9 ${instance.service}`
  },
  async ({ shop, random }) => {
    const line = random.pick(shop.lines)
    line.blackHole(random.pick(['held', 'swallowed']))
    await pause(random.int(1000, 8000))
    line.mend()
    return `black hole ${line.name}`
  },
  async ({ shop, random }) => {
    const line = random.pick(shop.lines)
    line.reset()
    return `reset ${line.name}`
  },
  async ({ shop, random }) => {
    await shop.postgres.stop(random.pick(['fast', 'immediate', 'kill']))
    await pause(random.int(0, 3000))
    await shop.postgres.start()
    return 'PostgreSQL restarted'
  },
  async ({ shop, random }) => {
    await shop.broker.stop(random.pick(['stop', 'kill']))
    await pause(random.int(0, 5000))
    await shop.broker.start()
    return 'message queue restarted'
  },
]

/** Several faults at once, whatever comes. */
export const storm: Scenario = {
  name: 'storm',
  faults: ['F1', 'F2', 'F3', 'F4', 'F5', 'F8', 'F11'],
  about: 'two series of random faults at the same time: kills, black holes, resets, restarts of the engines',
  inShort: false,
  brokers: ANY_BROKER,
  async run(stage) {
    const struck: string[] = []
    const untilMs = performance.now() + stage.sized(60_000, 15_000)
    const engines = new Set<Strike>()
    const series = async (name: string) => {
      const random = stage.random.fork(name)
      while (performance.now() < untilMs) {
        const strike = random.pick(STRIKES)
        // The same engine is not restarted twice at the same time.
        if (engines.has(strike)) continue
        engines.add(strike)
        struck.push(await strike({ ...stage, random }))
        engines.delete(strike)
        await pause(random.int(200, 3000))
      }
    }
    await Promise.all([series('first'), series('second')])
    stage.did(
      `${struck.length} faults: ${[...Map.groupBy(struck, (what) => what)].map(([what, each]) => `${what} ${each.length}x`).join(', ')}`,
    )
  },
}
