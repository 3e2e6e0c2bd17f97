import { waitUntil } from '../engines/own-process.ts'
import { accepted } from '../load/history.ts'
import { ANY_BROKER, type Scenario } from '../scenario.ts'

export const registryAway: Scenario = {
  name: 'registry-away',
  faults: ['F29'],
  about: 'the registry stands still for longer than its leases, then is killed; services die and come back meanwhile',
  inShort: true,
  brokers: ANY_BROKER,
  async run({ shop, random, history, seconds, did, expect }) {
    const [registry] = shop.infrastructure('eureka-server')
    if (!registry) throw new Error('There is no registry.')
    shop.signal(registry, 'SIGSTOP')
    const before = accepted(history).length
    await seconds(20, 6)
    const meanwhile = accepted(history).length - before
    expect(meanwhile > 0, 'No order was accepted while the registry stood still.')
    shop.signal(random.pick(shop.instances.filter(({ service }) => service === 'order-service')), 'SIGKILL')
    await seconds(5, 1)
    shop.signal(registry, 'SIGKILL')
    await seconds(10, 3)
    did(`${meanwhile} orders accepted without the registry, which was then killed`)
  },
}

const START_LIMIT_MS = 60_000
const REFUSAL = /orders\.maxBatch must be integer, found "many"/

export const configurationAway: Scenario = {
  name: 'configuration-away',
  faults: ['F30'],
  about: 'the configuration server stands still while services are killed: they start from their last good copy',
  inShort: true,
  brokers: ANY_BROKER,
  async run({ shop, random, did, expect }) {
    const [server] = shop.infrastructure('config-server')
    if (!server) throw new Error('There is no configuration server.')
    shop.signal(server, 'SIGSTOP')
    const victim = random.pick(shop.instances)
    const isBack = await shop.killAndAwait(victim, START_LIMIT_MS)
    shop.signal(server, 'SIGCONT')
    did(`killed ${victim.service} without configuration server`)
    expect(isBack, `${victim.service} did not start within ${START_LIMIT_MS / 1000} s without the configuration server.`)
  },
}

export const badConfiguration: Scenario = {
  name: 'bad-configuration',
  faults: ['F30'],
  about: 'an invalid configuration is pushed: what starts refuses it and says why, what runs goes on; mended, it starts again',
  inShort: false,
  brokers: ANY_BROKER,
  async run({ shop, history, did, expect }) {
    const [victim] = shop.instances.filter(({ service }) => service === 'order-service')
    if (!victim) throw new Error('There is no order-service.')
    const restore = shop.changeConfiguration('order-service.yml', (text) => text.replace(/max-batch: \d+/, 'max-batch: many'))
    shop.signal(victim, 'SIGKILL')
    const before = accepted(history).length
    const isTold = await waitUntil(() => REFUSAL.test(shop.printed()), START_LIMIT_MS, '').then(
      () => true,
      () => false,
    )
    const meanwhile = accepted(history).length - before
    expect(isTold, 'The refusal of the invalid configuration is not told.')
    expect(meanwhile > 0, 'The instance that ran did not go on.')
    restore()
    const isBack = await shop.isReady(victim, START_LIMIT_MS)
    expect(isBack, 'order-service did not start again with the mended configuration.')
    did(`pushed an invalid configuration; ${meanwhile} orders accepted meanwhile`)
  },
}
