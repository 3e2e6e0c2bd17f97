import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Ending } from '../src/distributed/child-process.ts'
import { createInstance, type Instance, type InstanceOptions } from '../src/distributed/instance.ts'

const PROGRAMS = join(import.meta.dirname, 'programs')
const START_TIMEOUT_MS = 20_000
const POLL = { timeout: 20_000, interval: 10 }

let folder: string
let trace: string
let lines: string[]
let printed: string[]
let endings: Ending[]
const running: Instance[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
  trace = join(folder, 'trace')
  lines = []
  printed = []
  endings = []
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((instance) => instance.stop(5000)))
  rmSync(folder, { recursive: true })
})

function makeInstance(behaviour: string, options: Partial<InstanceOptions> = {}): Instance {
  const instance = createInstance({
    name: 'part#1',
    args: [join(PROGRAMS, 'part.ts')],
    env: { TRACE: trace, BEHAVIOUR: behaviour },
    port: 0,
    otherPort: undefined,
    restart: { firstPauseMs: 1, maxPauseMs: 8, stableAfterMs: 60_000 },
    sink: { write: (text) => lines.push(...text.trimEnd().split('\n')), print: (line) => printed.push(line) },
    onReady: () => undefined,
    onExit: (ending) => endings.push(ending),
    ...options,
  })
  running.push(instance)
  return instance
}

/** What the program noted, such as `start 4711`. */
function traced(word: string): string[] {
  return readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(word))
}

test('a process is ready when it says so; its lines carry its name, and it inherits nothing', async () => {
  process.env.SECRET_OF_THE_PARENT = 'the password of an administrator'
  const instance = makeInstance('')
  await instance.start(START_TIMEOUT_MS)
  expect(await (await fetch(`${instance.url}/here`)).text()).toBe('/here')
  await expect.poll(() => lines.length, POLL).toBeGreaterThan(0)
  for (const line of lines) expect(line).toMatch(/^\[part#1\] \{"level":"info"/)
  expect(lines.join()).not.toContain('password')
})

test('a process that is killed is started again at its address', async () => {
  const instance = makeInstance('')
  await instance.start(START_TIMEOUT_MS)
  const { url, pid } = instance
  instance.kill('SIGKILL')
  await expect.poll(() => instance.pid !== undefined && instance.pid !== pid && traced('start').length, POLL).toBe(2)
  await expect
    .poll(
      () =>
        fetch(`${url}/again`).then(
          (answer) => answer.text(),
          () => undefined,
        ),
      POLL,
    )
    .toBe('/again')
  expect(endings).toEqual([{ code: null, signal: 'SIGKILL' }])
  expect(printed).toEqual(['[part#1] ended by SIGKILL; it is started again in 0.0 s.', '[part#1] is ready again.'])
})

test('one that ends again and again is started again with growing pauses, and after ten times it says so', async () => {
  const restart = { firstPauseMs: 100, maxPauseMs: 400, stableAfterMs: 60_000 }
  await makeInstance('ends after it was ready', { restart }).start(START_TIMEOUT_MS)
  const told = () => printed.filter((line) => line.includes('is started again'))
  await expect.poll(() => told().length, { ...POLL, timeout: 60_000 }).toBe(10)
  const pauses = told().map((line) => Number(/started again in (\d+\.\d) s/.exec(line)?.[1]))
  expect(pauses[0]).toBeLessThanOrEqual(0.1)
  for (const pause of pauses.slice(3)) expect(pause).toBeGreaterThanOrEqual(0.2)
  expect(printed.filter((line) => line.includes('in a row'))).toEqual([expect.stringContaining('It has ended 10 times in a row.')])
}, 70_000)

test('one that cannot start for the first time says why, and is not started again', async () => {
  await expect(makeInstance('refuses').start(START_TIMEOUT_MS)).rejects.toThrow('part#1: The colour is missing: set colour.')
  await expect(makeInstance('exits').start(START_TIMEOUT_MS)).rejects.toThrow('part#1 ended with exit code 7 before it was ready')
  expect(traced('start')).toHaveLength(2)
  expect(printed).toContain('[part#1] The colour is missing: set colour.')
})

test('a restart ends it in order and waits until it is ready again', async () => {
  const instance = makeInstance('')
  await instance.start(START_TIMEOUT_MS)
  const { url, pid } = instance
  await instance.restart(START_TIMEOUT_MS)
  expect(instance.pid).not.toBe(pid)
  expect(instance.url).toBe(url)
  expect(traced('stop')).toEqual([`stop ${pid}`])
  expect(endings).toEqual([{ code: 0, signal: null }])
  expect(printed).toEqual([])
})

test('a stop ends it in order and for good', async () => {
  const instance = makeInstance('')
  await instance.start(START_TIMEOUT_MS)
  await instance.stop(START_TIMEOUT_MS)
  expect(endings).toEqual([{ code: 0, signal: null }])
  expect(instance.pid).toBeUndefined()
  expect(traced('start')).toHaveLength(1)
})

test('one that does not end when it is asked to is killed', async () => {
  const instance = makeInstance('never stops')
  await instance.start(START_TIMEOUT_MS)
  await instance.stop(200)
  expect(endings).toEqual([{ code: null, signal: 'SIGKILL' }])
})

describe('a port that another program has taken', () => {
  const occupy = async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const address = blocker.address()
    return { blocker, port: typeof address === 'object' && address ? address.port : 0 }
  }

  test('is given up for another one', async () => {
    const { blocker, port } = await occupy()
    const instance = makeInstance('', { port, otherPort: async () => 0 })
    await instance.start(START_TIMEOUT_MS)
    expect(new URL(instance.url ?? '').port).not.toBe(String(port))
    blocker.close()
  })

  test('is told where others rely on it', async () => {
    const { blocker, port } = await occupy()
    await expect(makeInstance('', { port }).start(START_TIMEOUT_MS)).rejects.toThrow(`part#1: Port ${port} is in use.`)
    blocker.close()
  })
})

test('when the supervisor is killed its processes end by themselves, in order', async () => {
  const supervisor = spawn(process.execPath, [join(PROGRAMS, 'supervisor.ts'), trace], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = (await once(supervisor.stdout, 'data')) as [Buffer] // its only line
  const pid = Number(output.toString())
  expect(isAlive(pid)).toBe(true)
  supervisor.kill('SIGKILL')
  await expect.poll(() => isAlive(pid), POLL).toBe(false)
  expect(traced('stop')).toEqual([`stop ${pid}`])
})

function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; its new parent only has not looked after it yet.
    if (existsSync('/proc/self/stat')) return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
