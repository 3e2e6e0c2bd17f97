import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfigurationRequest, loadConfiguration } from '@order-flow/config-client'
import { silentLogger } from '@order-flow/service-kit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ConfigServer, createApp } from '../src/app.ts'

let dir: string
let app: ConfigServer
let configServerUrl: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'config-client-'))
  await writeFile(
    join(dir, 'application.yml'),
    `server: {address: 127.0.0.1}\nlist: [a, b, c]\nurl: http://\${server.address}:\${server.port}/\n`,
  )
  await writeFile(join(dir, 'shop.yml'), 'server: {port: 8081}\nlist: [x]\nmax-wait-ms: 5\nratio: 3.0\n')
  app = aConfigServer(0)
  configServerUrl = await app.start()
})

afterEach(async () => {
  await app.stop()
  await rm(dir, { recursive: true, force: true })
})

test('a service gets its settings over the common ones, as a tree', async () => {
  const { tree, originOf } = await load()
  expect(tree).toEqual({ server: { address: '127.0.0.1', port: 8081 }, list: ['x'], url: 'http://127.0.0.1:8081/', maxWaitMs: 5, ratio: 3 })
  expect(originOf('maxWaitMs')).toBe(`file:${dir}/shop.yml`)
  expect(originOf('server.address')).toBe(`file:${dir}/application.yml`)
})

test('with the server stopped the last good copy serves', async () => {
  await load()
  await app.stop()
  const onLastGood = vi.fn()
  expect((await load({ onLastGood })).tree).toMatchObject({ maxWaitMs: 5 })
  expect(onLastGood).toHaveBeenCalledOnce()
})

test('a broken file lets services go on with their last good copy, and says which file', async () => {
  await load()
  await writeFile(join(dir, 'shop.yml'), 'server: {port: 8081\n')
  const onLastGood = vi.fn()
  await load({ onLastGood })
  expect(onLastGood).toHaveBeenCalledWith(expect.stringContaining('shop.yml, line '), expect.any(String))
})

test('a service that starts first waits for the server', async () => {
  await app.stop()
  const onWaiting = vi.fn()
  const waiting = load({ onWaiting })
  await vi.waitFor(() => expect(onWaiting).toHaveBeenCalled())
  app = aConfigServer(Number(new URL(configServerUrl).port))
  await app.start()
  expect((await waiting).tree).toMatchObject({ maxWaitMs: 5 })
})

test('settings that fail the check are not kept as good', async () => {
  await load()
  await writeFile(join(dir, 'shop.yml'), 'max-wait-ms: soon\n')
  const check = () => {
    throw new Error('maxWaitMs must be a number')
  }
  await expect(load({ check })).rejects.toThrow('must be a number')
  expect(await readFile(lastGoodFile(), 'utf8')).not.toContain('soon')
})

function aConfigServer(port: number): ConfigServer {
  return createApp({ repoDir: dir, host: '127.0.0.1', port, logger: silentLogger, version: '0.0.0' })
}

function load(changes: Partial<ConfigurationRequest> = {}) {
  return loadConfiguration({
    application: 'shop',
    profile: 'default',
    configServerUrl,
    lastGoodFile: lastGoodFile(),
    onWaiting: () => undefined,
    onLastGood: () => undefined,
    check: () => undefined,
    ...changes,
  })
}

function lastGoodFile(): string {
  return join(dir, 'data', 'last-good.json')
}
