import type { Line } from '../lines.ts'
import type { Random } from '../random.ts'
import { ANY_BROKER, type Scenario } from '../scenario.ts'

/** Lines that swallow or hold back everything, and tell nobody: only a deadline notices. */
export const partitions: Scenario = {
  name: 'partitions',
  faults: ['F11'],
  about: 'black holes between a gateway and order-service, services and the message queue, services and the database',
  inShort: true,
  brokers: ANY_BROKER,
  async run({ shop, random, seconds, sized, did }) {
    const done: string[] = []
    const detour = await shop.layDetour()
    for (const line of someLines([...shop.lines, detour.line], random, sized(2, 1))) {
      const flow = random.pick(['held', 'swallowed'] as const)
      line.blackHole(flow)
      await seconds(random.int(5, 15), 4)
      line.mend()
      done.push(`${line.name} (${flow})`)
      await seconds(3, 1)
    }
    await detour.close()
    did(`black holes: ${done.join(', ')}`)
  },
}

/** Lines that are cut, again and again. */
export const cuts: Scenario = {
  name: 'cuts',
  faults: ['F11'],
  about: 'connections to the database and the message queue are reset at random moments',
  inShort: false,
  brokers: ANY_BROKER,
  async run({ shop, random, seconds, sized, did }) {
    const times = sized(40, 10)
    for (let time = 0; time < times; time += 1) {
      random.pick(shop.lines).reset()
      await seconds(random.next(), random.next() / 2)
    }
    did(`reset all connections of a line ${times}x`)
  },
}

/** At most so many of each kind, in random order. */
function someLines(lines: readonly Line[], random: Random, ofEach: number): Line[] {
  const kinds = Map.groupBy(random.shuffle(lines), ({ kind }) => kind)
  return random.shuffle([...kinds.values()].flatMap((each) => each.slice(0, ofEach)))
}
