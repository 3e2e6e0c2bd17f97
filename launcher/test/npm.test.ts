// What users type goes through npm and a shell before it reaches a program.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const SLOW_MS = 120_000

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function npm(args: readonly string[]) {
  const child = spawn('npm', ['--silent', 'run', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, output: () => output, ended }
}

test.each([
  ['start', /^Starts the whole shop in one process\./],
  ['start:distributed', /^Starts every service as processes of its own, on PostgreSQL and RabbitMQ or Kafka\./],
  ['start:service', /^Starts one service as a process of its own\./],
])(
  'npm run %s -- --help: the option reaches the program',
  async (script, words) => {
    const { output, ended } = npm([script, '--', '--help'])
    expect(await ended).toBe(0)
    expect(output()).toMatch(words)
  },
  SLOW_MS,
)

test(
  'an unknown service is told with the list of those there are',
  async () => {
    const { output, ended } = npm(['start:service', '--', 'orders'])
    expect(await ended).toBe(1)
    expect(output()).toMatch(/^There is no service "orders"; the services are config-server, eureka-server, .*, api-gateway\.\n$/)
  },
  SLOW_MS,
)

test(
  'a SIGTERM to npm ends the shop in order',
  async () => {
    const readyFile = join(folder, 'ready.json')
    const { child, output, ended } = npm([
      'start',
      '--',
      '--ephemeral',
      '--port',
      '0',
      '--data',
      join(folder, 'data'),
      '--ready-file',
      readyFile,
    ])
    try {
      await vi.waitUntil(() => existsSync(readyFile) || child.exitCode !== null, { timeout: 60_000 })
      const { gateway } = JSON.parse(readFileSync(readyFile, 'utf8')) as { gateway: string } // the launcher wrote it
      child.kill('SIGTERM')
      await expect
        .poll(
          () =>
            fetch(gateway).then(
              () => 'answers',
              () => 'is gone',
            ),
          { timeout: 20_000 },
        )
        .toBe('is gone')
      await ended
      expect(output()).toContain('Stopping ...')
    } finally {
      endGroup(child)
    }
  },
  SLOW_MS,
)

test(
  'a service alone says what it needs when it shares no message queue',
  async () => {
    const configServer = npm(['start:service', '--', 'config-server', '--port', '0'])
    try {
      await vi.waitUntil(() => configServer.output().includes('service started'), { timeout: 60_000 })
      const url = /"url":"([^"]+)"/.exec(configServer.output())?.[1] ?? ''
      const { output, ended } = npm(['start:service', '--', 'order-service', '--config', url, '--port', '0', '--data', folder])
      expect(await ended).toBe(1)
      expect(output()).toMatch(
        /^The in-process message queue serves only .* Set messaging\.broker \(or BROKER\) to rabbitmq or kafka .*\.$/m,
      )
    } finally {
      configServer.child.kill('SIGTERM')
      await configServer.ended
    }
  },
  SLOW_MS,
)

function endGroup(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}
