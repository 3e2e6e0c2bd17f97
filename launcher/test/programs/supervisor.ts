// A process that keeps one part running until somebody kills it; prints the part's process id.
import { join } from 'node:path'
import { createInstance, RESTART_POLICY } from '../../src/distributed/instance.ts'

const instance = createInstance({
  name: 'part#1',
  args: [join(import.meta.dirname, 'part.ts')],
  env: { TRACE: process.argv[2] ?? '' },
  port: 0,
  otherPort: undefined,
  restart: RESTART_POLICY,
  sink: { write: () => undefined, print: () => undefined },
  onReady: () => undefined,
  onExit: () => undefined,
})
await instance.start(20_000)
process.stdout.write(`${instance.pid}\n`)
