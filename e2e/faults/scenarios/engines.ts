import { accepted } from '../load/history.ts'
import { ANY_BROKER, type Scenario } from '../scenario.ts'

export const brokerKilled: Scenario = {
  name: 'broker-killed',
  faults: ['F5'],
  about: 'kill -9 of the message queue, which comes back at once',
  inShort: true,
  brokers: ANY_BROKER,
  async run({ shop, random, seconds, sized, did }) {
    const times = sized(3, 1)
    for (let time = 0; time < times; time += 1) {
      await seconds(random.int(1, 3), 1)
      await shop.broker.stop('kill')
      await shop.broker.start()
      await seconds(5, 2)
    }
    did(`killed and started the message queue ${times}x`)
  },
}

export const brokerAway: Scenario = {
  name: 'broker-away',
  faults: ['F6'],
  about: 'the message queue is stopped for a minute; orders are accepted all the same',
  inShort: true,
  brokers: ANY_BROKER,
  async run({ shop, history, seconds, did, expect }) {
    await seconds(2, 1)
    await shop.broker.stop('stop')
    const before = accepted(history).length
    await seconds(60, 8)
    const meanwhile = accepted(history).length - before
    await shop.broker.start()
    did(`${meanwhile} orders accepted while the message queue was away`)
    expect(meanwhile > 0, 'No order was accepted while the message queue was away.')
  },
}

export const brokerBlocked: Scenario = {
  name: 'broker-blocked',
  faults: ['F7'],
  about: 'RabbitMQ blocks its publishers (memory alarm)',
  inShort: true,
  brokers: ['rabbitmq'],
  async run({ shop, history, seconds, did, expect }) {
    await seconds(2, 1)
    await shop.broker.setAlarm(true)
    const before = accepted(history).length
    await seconds(30, 6)
    const meanwhile = accepted(history).length - before
    await shop.broker.setAlarm(false)
    did(`${meanwhile} orders accepted while publishers were blocked`)
    expect(meanwhile > 0, 'No order was accepted while publishers were blocked.')
  },
}

export const databaseRestarted: Scenario = {
  name: 'database-restarted',
  faults: ['F8'],
  about: 'PostgreSQL restarts: in order, without a last word, and by kill -9',
  inShort: true,
  brokers: ANY_BROKER,
  async run({ shop, random, seconds, did }) {
    for (const how of random.shuffle(['fast', 'immediate', 'kill'] as const)) {
      await seconds(random.int(2, 4), 1)
      await shop.postgres.stop(how)
      await seconds(random.int(0, 5), 1)
      await shop.postgres.start()
    }
    await seconds(3, 1)
    did('restarted PostgreSQL 3x')
  },
}

export const databaseSlow: Scenario = {
  name: 'database-slow',
  faults: ['F9'],
  about: 'every answer of PostgreSQL takes 200 ms longer',
  inShort: true,
  brokers: ANY_BROKER,
  async run({ shop, history, seconds, did, expect }) {
    await seconds(2, 1)
    const lines = shop.lines.filter(({ kind }) => kind === 'database')
    for (const line of lines) line.disturb({ toClient: { delayMs: 200 } })
    await seconds(5, 1)
    const before = accepted(history).length
    await seconds(30, 7)
    const meanwhile = accepted(history).length - before
    for (const line of lines) line.mend()
    did(`${meanwhile} orders accepted with the slow database`)
    expect(meanwhile > 0, 'No order was accepted with the slow database.')
  },
}
