import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProcessMessage } from '../src/parent-process.ts'

const PROGRAMS = join(import.meta.dirname, 'programs')
const POLL = { timeout: 20_000, interval: 10 }
/** Two signals that come closer together count as one. */
const SAME_SIGNAL_MS = 500

function run(program: string, env: Record<string, string>, args: readonly string[] = []) {
  const child = spawn(process.execPath, [join(PROGRAMS, program), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const messages: ProcessMessage[] = []
  const printed = { stdout: '', stderr: '' }
  child.on('message', (message) => messages.push(message as ProcessMessage)) // runProcess sends nothing else
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      printed[name] += chunk
    })
  }
  return { child, messages, printed, ended: endOf(child) }
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve))
}

async function runUntilReady(behaviour: string, env: Record<string, string> = {}) {
  const part = run('process.ts', { BEHAVIOUR: behaviour, ...env })
  await expect.poll(() => part.messages, POLL).toContainEqual({ type: 'ready', url: 'http://127.0.0.1:1' })
  return part
}

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('ends in order on %s, and what it logs at the end is written', async (signal) => {
    const { child, ended, printed } = await runUntilReady('')
    child.kill(signal)
    // Ctrl-C reaches it from the terminal and from npm.
    child.kill(signal)
    expect(await ended).toBe(0)
    expect(printed.stdout).toMatch(
      new RegExp(`"service":"part","reason":"${signal}","msg":"stopping".*ending what runs.*"msg":"stopped"`, 's'),
    )
  })

  test('ends in order when the process that started it is gone', async () => {
    const { child, ended, printed } = await runUntilReady('')
    child.disconnect()
    // Node tells the parent of an end, but of no 'close', once it has disconnected.
    expect(await Promise.race([ended, new Promise((resolve) => child.once('exit', resolve))])).toBe(0)
    await expect.poll(() => printed.stdout, POLL).toContain('ending what runs')
  })

  test('ends also when it does not get ready to end, and says so', async () => {
    const { child, ended, printed } = await runUntilReady('never stops', { STOP_TIMEOUT_MS: '100' })
    child.kill('SIGTERM')
    expect(await ended).toBe(1)
    expect(printed.stdout).toContain('not everything ended in time')
  })

  test('ends at once on a second signal', async () => {
    const { child, ended } = await runUntilReady('never stops')
    child.kill('SIGTERM')
    await pause(SAME_SIGNAL_MS + 100)
    child.kill('SIGTERM')
    expect(await ended).toBe(130)
  })

  test('that cannot end in order says why', async () => {
    const { child, ended, printed } = await runUntilReady('cannot stop')
    child.kill('SIGTERM')
    expect(await ended).toBe(1)
    expect(printed.stdout).toMatch(/no disk.*did not stop in order/)
  })

  test('with a bug ends at once, with a line in the log', async () => {
    const { ended, printed } = run('process.ts', { BEHAVIOUR: 'has a bug' })
    expect(await ended).toBe(1)
    expect(printed.stdout).toMatch(/"level":"fatal".*"message":"a bug".*unforeseen error/)
  })

  test('that cannot start says why in one sentence', async () => {
    const { ended, printed, messages } = run('process.ts', { BEHAVIOUR: 'refuses' })
    expect(await ended).toBe(1)
    expect(printed.stderr).toBe('The colour is missing: set colour.\n')
    expect(messages).toEqual([{ type: 'failed', code: 'invalid', message: 'The colour is missing: set colour.', problem: 'invalid' }])
  })

  test('ends although nobody reads its log any more', async () => {
    const { child, ended } = await runUntilReady('')
    child.stdout?.destroy()
    await pause(200) // until the log has met the closed pipe
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})

describe('a service', () => {
  let configServer: Server
  let folder: string
  let env: Record<string, string>
  beforeAll(async () => {
    configServer = createServer((_request, response) => {
      const source = {
        'server.port': 0,
        'eureka.client.serviceUrl.defaultZone': 'http://127.0.0.1:1/eureka',
        'eureka.instance.hostname': '',
      }
      response.end(JSON.stringify({ name: 'part', profiles: ['default'], propertySources: [{ name: 'test', source }] }))
    })
    await new Promise<void>((resolve) => configServer.listen(0, '127.0.0.1', resolve))
    const address = configServer.address()
    folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
    env = { CONFIG_SERVER_URL: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, DATA_DIR: folder }
  })
  afterAll(() => {
    configServer.close()
    rmSync(folder, { recursive: true })
  })

  test('waits for what it needs, and is ready once that is there', async () => {
    const { child, ended, messages, printed } = run('service.ts', { ...env, SPRING_APPLICATION_JSON: '{"colour":"red"}' })
    await expect.poll(() => messages.at(-1)?.type, POLL).toBe('ready')
    expect(messages.slice(0, -1)).toEqual([
      { type: 'waiting', reason: 'The database does not answer (1).' },
      { type: 'waiting', reason: 'The database does not answer (2).' },
    ])
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(printed.stdout).toMatch(/"level":"warn".*cannot start yet; waiting/)
  })

  test('does not wait for what does not mend itself', async () => {
    const { ended, printed } = run('service.ts', { ...env, SPRING_APPLICATION_JSON: '{"colour":"unknown"}' })
    expect(await ended).toBe(1)
    expect(printed.stderr).toBe('The password is wrong: correct database.url.\n')
  })

  test('listens on the port of its options rather than that of the environment or a file', async () => {
    writeFileSync(join(folder, 'port'), '1\n')
    const settings = { SPRING_APPLICATION_JSON: '{"colour":"red"}', SERVER_PORT: '2' }
    const { child, ended, messages } = run('service.ts', { ...env, ...settings }, ['--port', '0'])
    await expect
      .poll(() => messages.at(-1), POLL)
      .toMatchObject({ type: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d{4,5}$/) })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  test('tells every value that is not valid, and where it came from', async () => {
    const { ended, printed } = run('service.ts', { ...env, SERVER_PORT: 'eighty' })
    expect(await ended).toBe(1)
    expect(printed.stderr).toMatch(/server\.port must be integer, found "eighty" from this process/)
    expect(printed.stderr).toMatch(/must have required property 'colour'/)
  })

  test('does not know other options', async () => {
    const { ended, printed } = run('service.ts', env, ['--prot', '1'])
    expect(await ended).toBe(1)
    expect(printed.stderr).toBe('The options are --config URL (of the config server), --port N and --data DIR.\n')
  })
})
