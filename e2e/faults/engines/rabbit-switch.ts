import { type ConsumeMessage, connect } from 'amqplib'

/** Takes one type of event out of the way between the exchange and a service's queues, to let it go on later. */
export interface RabbitSwitch {
  held(): number
  /** Lets everything go on as before, what was held last. */
  release(): Promise<void>
}

/** Binds a queue of our own in place of those of the service `group`, so that what follows overtakes what is held. */
export async function switchRabbit(
  { url, namespace, shards }: { url: string; namespace: string; shards: number },
  { type, group }: { type: string; group: string },
): Promise<RabbitSwitch> {
  // Names as docs/messaging.md gives them.
  const exchange = `${namespace}.v1.events`
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  const { queue: ours } = await channel.assertQueue('', { exclusive: true })
  const theirs = Array.from({ length: shards }, (_queue, shard) => ({
    key: `${shard}.${type.replaceAll('.', '-')}`,
    queue: `${namespace}.v1.${group}.${shard}`,
  }))
  const held: ConsumeMessage[] = []
  await channel.consume(ours, (message) => message && held.push(message), { noAck: true })
  for (const { key, queue } of theirs) {
    await channel.bindQueue(ours, exchange, key)
    await channel.unbindQueue(queue, exchange, key)
  }
  return {
    held: () => held.length,
    async release() {
      for (const { key, queue } of theirs) {
        await channel.bindQueue(queue, exchange, key)
        await channel.unbindQueue(ours, exchange, key)
      }
      const queueOf = new Map(theirs.map(({ key, queue }) => [key, queue]))
      for (const { content, fields, properties } of held) channel.sendToQueue(queueOf.get(fields.routingKey) ?? '', content, properties)
      await channel.waitForConfirms()
      await connection.close()
    },
  }
}
