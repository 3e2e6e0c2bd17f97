import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@order-flow/service-kit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ConfigServer, createApp } from '../src/app.ts'

let dir: string
let repoDir: string
let app: ConfigServer
let url: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'config-server-'))
  repoDir = join(dir, 'repo')
  await mkdir(repoDir)
  await writeFile(join(dir, 'secret.yml'), 'secret: outside\n')
  await writeFile(join(repoDir, 'application.yml'), 'common: 1\nport: 1\n')
  await writeFile(join(repoDir, 'shop.yml'), 'port: 2\nratio: 3.0\nnames: [a, b]\n')
  app = aConfigServer(repoDir)
  url = await app.start()
})

afterEach(async () => {
  await app.stop()
  await rm(dir, { recursive: true, force: true })
})

test('an application gets its files and the common ones, strongest first, in Spring’s JSON', async () => {
  await writeFile(join(repoDir, 'shop-dev.yml'), 'port: 3\n')
  await writeFile(join(repoDir, 'application-dev.properties'), 'port=4\n')
  const { status, contentType, text } = await ask('/shop/dev')
  expect({ status, contentType }).toEqual({ status: 200, contentType: 'application/json; charset=utf-8' })
  expect(text).toContain('"ratio":3.0')
  expect(JSON.parse(text)).toEqual({
    name: 'shop',
    profiles: ['dev'],
    label: null,
    version: null,
    state: null,
    propertySources: [
      { name: `file:${repoDir}/shop-dev.yml`, source: { port: 3 } },
      { name: `file:${repoDir}/application-dev.properties`, source: { port: '4' } },
      { name: `file:${repoDir}/shop.yml`, source: { port: 2, ratio: 3, 'names[0]': 'a', 'names[1]': 'b' } },
      { name: `file:${repoDir}/application.yml`, source: { common: 1, port: 1 } },
    ],
  })
})

test('an application without files gets the common settings', async () => {
  const { text } = await ask('/nobody/default')
  expect(JSON.parse(text).propertySources).toMatchObject([{ source: { common: 1 } }])
})

test('a changed, added or removed file counts at the next request', async () => {
  await ask('/shop/default')
  await writeFile(join(repoDir, 'shop.yml'), 'port: 20\n')
  expect((await ask('/shop/default')).text).toContain('"port":20')
  await rm(join(repoDir, 'shop.yml'))
  expect((await ask('/shop/default')).text).not.toContain('"port":20')
})

test('a broken file is answered with 500, its name and the line', async () => {
  await writeFile(join(repoDir, 'shop.yml'), 'port: 2\nport: 3\n')
  const { status, text } = await ask('/shop/default')
  expect(status).toBe(500)
  expect(JSON.parse(text)).toMatchObject({ type: '/problems/bad-config-file', detail: expect.stringMatching(/^shop\.yml, line 2: /) })
  expect((await ask('/other/default')).status).toBe(200)
})

test('in a Git checkout the commit is the version, and only the branch or commit that stands there can be asked for', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: dir, encoding: 'utf8' }).trim()
  git('init', '--quiet', '--initial-branch', 'main')
  expect(JSON.parse((await ask('/shop/default')).text).version).toBeNull()
  git('add', '.')
  git('commit', '--quiet', '-m', 'first')
  const commit = git('rev-parse', 'HEAD')
  expect(JSON.parse((await ask('/shop/default/main')).text)).toMatchObject({ version: commit, label: 'main', state: '' })
  git('pack-refs', '--all')
  expect(JSON.parse((await ask(`/shop/default/${commit}`)).text)).toMatchObject({ version: commit })
  expect(await ask('/shop/default/other')).toMatchObject({ status: 404 })
})

test('a link out of the folder is refused, one within it is followed', async () => {
  await symlink(join(dir, 'secret.yml'), join(repoDir, 'leak.yml'))
  await symlink(join(repoDir, 'shop.yml'), join(repoDir, 'same.yml'))
  const leak = await ask('/leak/default')
  expect(leak.status).toBe(500)
  expect(leak.text).not.toContain('outside')
  expect((await ask('/same/default')).text).toContain('"port":2')
})

test.each([
  '/../secret/default',
  '/..%2fsecret/default',
  '/%2e%2e%2fsecret/default',
  '/..%252fsecret/default',
  '/%252e%252e%252fsecret/default',
  '/shop/..%2f..%2fsecret',
  '/shop/default/..%2f..%2fsecret',
  '/(_)..(_)secret/default',
  '/shop/x%23',
  '/shop/x%00',
  '/..%5csecret/default',
  '/secret%00/default',
  '/repo%2f..%2f..%2fsecret/default',
  '/shop/default/.git/config',
  '//secret/default',
  '/shop/%zz',
  '/%c0%ae%c0%ae/secret',
  '/shop/default.yml',
  '/main/shop-default.yml',
  '/.git/config',
  `/${'a'.repeat(5000)}/default`,
  '/shop-default.yml',
])('%s is refused and reads nothing outside', async (path) => {
  const answer = await askRaw(path)
  expect(answer).toMatch(/^HTTP\/1\.1 (?:400|404|414|431) /)
  expect(answer).not.toContain('outside')
  expect(answer).not.toContain('propertySources')
})

test('a folder that cannot be read stops the start with the way out', async () => {
  const broken = aConfigServer(join(dir, 'nowhere'))
  await expect(broken.start()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/nowhere cannot be read .* name another folder\.$/),
  })
  await broken.stop()
})

test('health says whether the folder can be read', async () => {
  expect((await ask('/actuator/health')).status).toBe(200)
  await rm(repoDir, { recursive: true })
  expect((await ask('/actuator/health')).status).toBe(503)
})

function aConfigServer(folder: string): ConfigServer {
  return createApp({ repoDir: folder, host: '127.0.0.1', port: 0, logger: silentLogger, version: '0.0.0' })
}

async function ask(path: string) {
  const response = await fetch(url + path)
  return { status: response.status, contentType: response.headers.get('content-type'), text: await response.text() }
}

/** fetch would tidy the path up before sending it. */
function askRaw(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer)).on('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  })
}
