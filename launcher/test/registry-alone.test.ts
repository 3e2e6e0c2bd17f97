import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const PROGRAM = join(import.meta.dirname, '..', 'src', 'start-service.ts')
let dataDir: string
let port: number
const children: ChildProcess[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'registry-alone-'))
  port = await freePort()
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  }
  await rm(dataDir, { recursive: true, force: true })
})

test('the registry starts without a config server, and listens to the environment', async () => {
  await start({ EUREKA_SERVER_DISABLE_DELTA: 'true' })
  expect((await fetch(`${url()}apps/delta`)).status).toBe(403)
  expect((await fetch(`${url()}apps`)).status).toBe(200)
})

test('kill -9 and a start: it knows what it knew', async () => {
  const first = await start({})
  await register('a')
  await vi.waitFor(async () => expect((await fetch(`${url()}apps/ORDERS/a`)).status).toBe(200))
  await new Promise((resolve) => setTimeout(resolve, 200))
  first.kill('SIGKILL')
  await once(first, 'close')
  await start({})
  const { instance } = (await (await fetch(`${url()}apps/ORDERS/a`, { headers: { accept: 'application/json' } })).json()) as {
    instance: { instanceId: string }
  }
  expect(instance.instanceId).toBe('a')
})

test('a folder without configuration and a bad value are told in one sentence', async () => {
  const noFolder = run({}, ['--repo', '/does/not/exist'])
  expect(await ended(noFolder)).toMatch(/\/does\/not\/exist/)
  const badValue = run({ EUREKA_SERVER_RENEWAL_PERCENT_THRESHOLD: 'often' }, [])
  expect(await ended(badValue)).toMatch(/eureka\.server\.renewalPercentThreshold.*found "often" from this process/)
})

function url(): string {
  return `http://127.0.0.1:${port}/eureka/`
}

async function start(env: Record<string, string>): Promise<ChildProcess> {
  const { child } = run(env, [])
  await vi.waitFor(async () => expect((await fetch(`${url()}apps`)).status).toBe(200), { timeout: 15_000 })
  return child
}

function run(env: Record<string, string>, args: readonly string[]) {
  const settings = { SERVER_PORT: String(port), EUREKA_URL: url(), DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...env }
  const child = spawn(process.execPath, [PROGRAM, 'eureka-server', ...args], { env: { PATH: process.env.PATH, ...settings } })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  return { child, output: () => output }
}

async function ended({ child, output }: ReturnType<typeof run>): Promise<string> {
  await once(child, 'close')
  expect(child.exitCode).toBe(1)
  return output()
}

async function register(instanceId: string): Promise<void> {
  const instance = { instanceId, hostName: 'web1', app: 'ORDERS', ipAddr: '10.1.2.3', dataCenterInfo: { name: 'MyOwn' } }
  const headers = { 'content-type': 'application/json' }
  const { status } = await fetch(`${url()}apps/ORDERS`, { method: 'POST', headers, body: JSON.stringify({ instance }) })
  expect(status).toBe(204)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: found } = server.address() as AddressInfo // it listens on a port
  server.close()
  await once(server, 'close')
  return found
}
