// A consumer that finishes the first batch of what comes and never the second. The tests kill it.
import { silentLogger } from '@order-flow/service-kit'
import { createKafkaBroker } from '../src/kafka/kafka-broker.ts'
import { stepOf } from './parts.ts'

const [url = '', namespace = '', shards = ''] = process.argv.slice(2)
const broker = createKafkaBroker({ url, namespace, shards: Number(shards), clientName: 'stuck', logger: silentLogger })
let batches = 0
await broker.subscribe({
  group: 'group',
  types: ['io.orderflow.checkout.reversed.v1'],
  maxBatch: 2,
  async handle(events) {
    batches += 1
    console.log(events.map(stepOf).join())
    if (batches > 1) await new Promise(() => undefined)
  },
})
