// Starts a process for each service, as `npm run start:distributed` does, with a corner of the message queue of its own.
// A program, started by distributed-system.ts.
import { renameSync, writeFileSync } from 'node:fs'
import { SERVICES, startDistributed } from '@order-flow/launcher/distributed'
import { Value } from 'typebox/value'
import { StartOrder } from './start-order.ts'

try {
  // By the environment and not as an argument, which every user of the machine could read: it holds passwords.
  const { readyFile, namespace, ...options } = Value.Parse(StartOrder, JSON.parse(process.env.START_ORDER ?? ''))
  const unknown = Object.keys(options.instances).find((name) => !SERVICES.some((service) => service === name))
  if (unknown !== undefined) throw new Error(`--instances: there is no service "${unknown}"; the services are ${SERVICES.join(', ')}.`)
  const shop = await startDistributed({
    ...options,
    gatewayPort: 0,
    ephemeral: true,
    settingsFor: () => ({ messaging: { namespace } }),
    print: (line) => process.stderr.write(`${line}\n`),
  })
  process.once('SIGTERM', () => {
    shop.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
  // Whoever waits for it never reads half of it.
  writeFileSync(`${readyFile}.new`, JSON.stringify(shop.addresses))
  renameSync(`${readyFile}.new`, readyFile)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
