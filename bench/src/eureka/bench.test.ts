import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRegistry } from '../../../eureka-server/test/start-registry.ts'
import { runEurekaBench } from './bench.ts'
import { parseOptions } from './options.ts'
import type { EurekaResults } from './results.ts'
import { formatResults } from './results-text.ts'

const QUICK = ['--instances', '50', '--per-application', '10', '--seconds', '1', '--warm-up', '1', '--connections', '4', '--samples', '10']
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-eureka-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a registry of its own is started, measured and stopped', async () => {
  const file = join(folder, 'results.json')
  const program = join(import.meta.dirname, '..', 'main.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'eureka', ...QUICK, '--server', 'ours', '--json', file])
  expect(stdout).toContain('50 instances')
  const results = JSON.parse(await readFile(file, 'utf8')) as EurekaResults
  const server = results.sizes[0]?.servers.ours
  expect(Object.keys(server?.loads ?? {})).toHaveLength(8)
  for (const load of Object.values(server?.loads ?? {})) {
    expect(load.errors).toEqual({})
    expect(load.answers).toBeGreaterThan(0)
  }
  expect(server?.loads.register?.answers).toBe(50)
  expect(server?.registerToVisible).toMatchObject({ push: { ms: { count: 10 }, missed: 0 }, poll: { ms: { count: 10 }, missed: 0 } })
  expect(server?.crashToGone).toMatchObject({ push: { missed: 0 }, poll: { missed: 0 } })
  expect(server?.fullFetches?.full).toBe(0)
}, 120_000)

test('a registry that runs is measured, and what was registered is removed again', async () => {
  const registry = await startRegistry({ 'eureka.server.enable-self-preservation': false })
  try {
    const options = parseOptions([...QUICK, '--url', registry.url])
    if (options === 'help') throw new Error('no help was asked for')
    const results = await runEurekaBench({ options, log: () => {}, signal: new AbortController().signal })
    expect(formatResults(results)).toContain('heartbeats/s')
    expect(results.sizes[0]?.servers.running?.loads.heartbeats?.errors).toEqual({})
    const left = await fetch(`${registry.serviceUrl}apps`, { headers: { accept: 'application/json' } })
    expect(await left.json()).toMatchObject({ applications: { application: [] } })
  } finally {
    await registry.stop()
  }
}, 120_000)
