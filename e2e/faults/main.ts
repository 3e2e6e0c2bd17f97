import { parseOptions, USAGE } from './options.ts'
import { SCENARIOS } from './scenarios.ts'
import { runSuite } from './suite.ts'

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(USAGE)
    return 0
  }
  if (options.list) {
    for (const { name, faults, about } of SCENARIOS) console.log(`${name.padEnd(20)} ${faults.join(' ').padEnd(26)} ${about}`)
    return 0
  }
  return runSuite(options, console.log, untilStopped())
}

/** The first Ctrl-C ends the run after the scenario in hand; the second at once. Either way everything is ended. */
function untilStopped(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130)
      console.log('Stopping after this scenario; once more ends at once.')
      stop.abort()
    })
  }
  return stop.signal
}

const exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 2
})
// Whatever a failed scenario has left open must not keep it running.
process.exit(exitCode)
