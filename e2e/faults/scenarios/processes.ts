import { setTimeout as pause } from 'node:timers/promises'
import { ANY_BROKER, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import type { Instance } from '../test-shop.ts'

/** kill -9 at random points: whatever was under way is done again, and nothing is done twice. */
export const killServices: Scenario = {
  name: 'kill-services',
  faults: ['F1', 'F2', 'F3', 'F4'],
  about: 'kill -9 of instances of every service at random moments',
  inShort: true,
  brokers: ANY_BROKER,
  async run(stage) {
    await strike(stage, stage.sized(24, 8), { minMs: 200, maxMs: 1500 })
  },
}

/** The same much faster: instances die while others are still coming up. */
export const killStorm: Scenario = {
  name: 'kill-storm',
  faults: ['F1', 'F2', 'F3', 'F4'],
  about: 'kill -9 so fast that instances die while they start',
  inShort: false,
  brokers: ANY_BROKER,
  async run(stage) {
    await strike(stage, 40, { minMs: 0, maxMs: 500 })
  },
}

async function strike({ shop, random, did }: Stage, kills: number, { minMs, maxMs }: { minMs: number; maxMs: number }): Promise<void> {
  const killed: string[] = []
  for (let round: Instance[] = []; killed.length < kills; ) {
    if (round.length === 0) round = random.shuffle(shop.instances)
    const target = round.pop()
    await pause(random.int(minMs, maxMs))
    if (!target) continue
    // At times all instances of a service die together, so that nobody can take over.
    const targets = random.chance(0.25) ? shop.instances.filter(({ service }) => service === target.service) : [target]
    for (const each of targets) killed.push(shop.signal(each, 'SIGKILL') ? each.service : '(one that was down)')
  }
  did(`killed ${counted(killed)}`)
}

const NOBODY_ANSWERED = '0 '

/** Every instance is asked to stop, one after the other, as in a rolling restart. Clients that retry get every answer, and see no error. */
export const stopServices: Scenario = {
  name: 'stop-services',
  faults: ['F33'],
  about: 'SIGTERM of every instance in turn, each after the one before is back',
  inShort: true,
  brokers: ANY_BROKER,
  async run({ shop, random, history, did, expect, sized }) {
    const untidy: string[] = []
    // In a short run one of each service: every start takes a second of a core.
    const instances = random.shuffle(shop.instances).filter(({ index }) => index <= sized(Number.POSITIVE_INFINITY, 1))
    for (const instance of instances) {
      await pause(random.int(100, 400))
      const { exitCode, stoppedInMs } = await shop.restart(instance)
      if (exitCode !== 0) untidy.push(`${instance.service} (exit code ${exitCode} after ${Math.round(stoppedInMs)} ms)`)
    }
    did(`restarted ${instances.length} instances one by one`)
    // While a gateway restarts nobody answers at its address; behind it no call may fail, not even for who would try again.
    const seen = new Set(history.purchases.flatMap(({ repeats }) => repeats).filter((reason) => !reason.startsWith(NOBODY_ANSWERED)))
    expect(seen.size === 0, `Calls had to be made again because of ${[...seen].join(', ')}.`)
    expect(untidy.length === 0, `Some did not stop in order: ${untidy.join(', ')}.`)
  },
}

/** A process that stands still, as under a debugger or on a starved machine, and then goes on as if nothing had been. */
export const freezeServices: Scenario = {
  name: 'freeze-services',
  faults: ['F11'],
  about: 'instances stand still (SIGSTOP) and go on later; who led meanwhile must bear that somebody took over',
  inShort: false,
  brokers: ANY_BROKER,
  async run({ shop, random, seconds, did }) {
    const frozen: string[] = []
    for (const service of random.shuffle(['order-service', 'inventory-payment-service', 'notification-chat-service'])) {
      const instance = random.pick(shop.instances.filter((each) => each.service === service))
      if (!shop.signal(instance, 'SIGSTOP')) continue
      frozen.push(service)
      await seconds(20, 6)
      shop.signal(instance, 'SIGCONT')
      await seconds(3, 1)
    }
    did(`froze ${frozen.join(', ')}`)
  },
}

function counted(names: readonly string[]): string {
  return [...Map.groupBy(names, (name) => name)].map(([name, each]) => `${name} ${each.length}x`).join(', ')
}
