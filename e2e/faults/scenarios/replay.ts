import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ANY_BROKER, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

const REPLAY = join(import.meta.dirname, '..', '..', '..', 'bench', 'src', 'replay', 'main.ts')
const TIMEOUT_MS = 20 * 60_000

/** Needs `--data FILE`. The replay reconciles every invoice to the penny itself; its exit code says whether it could. */
export const replayUnderKills: Scenario = {
  name: 'replay-under-kills',
  faults: ['F1', 'F2', 'F3', 'F4'],
  about: 'real invoices are replayed as fast as they go (npm run replay) while instances are killed every few seconds',
  inShort: false,
  needsData: true,
  brokers: ANY_BROKER,
  ordersPerSecond: 2,
  othersBuy: true,
  async run(stage) {
    const { shop, random, options, did, expect } = stage
    const reportFile = join(shop.folder, 'replay.json')
    const limit = options.replayLimit === undefined ? [] : ['--limit', String(options.replayLimit)]
    const args = [options.dataFile ?? '', '--gateway', random.pick(shop.gateways), '--data', shop.dataDir, '--report', reportFile, ...limit]
    const replay = shop.runProgram(REPLAY, args)
    const deadline = performance.now() + TIMEOUT_MS
    let kills = 0
    while (replay.isRunning() && performance.now() < deadline) {
      await pause(random.int(2000, 4000))
      if (replay.isRunning() && killOne(stage)) kills += 1
    }
    replay.kill()
    await replay.ended(5000)
    const exitCode = replay.exitCode()
    expect(exitCode === 0, `The replay ended with exit code ${exitCode}:\n${replay.output()}`)
    did(`killed ${kills} instances; ${exitCode === 0 ? described(reportFile) : 'the replay failed'}`)
  },
}

/** Any instance but the gateway that the replay speaks to is killed; that one too at times: it comes back at its port. */
function killOne({ shop, random }: Stage): boolean {
  return shop.signal(random.pick(shop.instances), 'SIGKILL')
}

function described(reportFile: string): string {
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Record<string, unknown> // the replay wrote it
  const names = [
    'salesRead',
    'ordersPlaced',
    'confirmed',
    'cancellationsRead',
    'fileMinor',
    'confirmedMinor',
    'rejectedMinor',
    'skippedMinor',
  ]
  return names.map((name) => `${name} ${JSON.stringify(report[name])}`).join(', ')
}
