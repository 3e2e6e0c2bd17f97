import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startGateway, stopAll, type TestGateway } from './start-gateway.ts'

const folders: string[] = []

afterEach(async () => {
  await stopAll()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

async function startWithWeb(): Promise<{ gateway: TestGateway; webDir: string }> {
  const webDir = mkdtempSync(join(tmpdir(), 'order-flow-web-'))
  folders.push(webDir)
  mkdirSync(join(webDir, 'assets'))
  writeFileSync(join(webDir, 'index.html'), '<!doctype html><title>Order Flow</title>')
  writeFileSync(join(webDir, 'assets', 'index-abc.js'), `console.log(1)//${'x'.repeat(5000)}`)
  writeFileSync(join(webDir, 'favicon.svg'), '<svg/>')
  writeFileSync(join(webDir, '.env'), 'SECRET=1')
  return { gateway: await startGateway({ webDir }), webDir }
}

const page = { accept: 'text/html,*/*' }

test.each(['/', '/index.html', '/orders/123', '/support'])('%s is the page, which browsers ask for anew each time', async (path) => {
  const { gateway } = await startWithWeb()
  const answer = await gateway.send(path, { headers: page })
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' } })
  expect(answer.text).toContain('Order Flow')
})

test('the page is protected', async () => {
  const { gateway } = await startWithWeb()
  const { headers } = await gateway.send('/', { headers: page })
  expect(headers['content-security-policy']).toContain("default-src 'self'")
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'same-origin' })
})

test('assets are kept for ever, and compressed for who can take it', async () => {
  const { gateway } = await startWithWeb()
  const plain = await gateway.send('/assets/index-abc.js')
  expect(plain.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
  })
  const compressed = await gateway.send('/assets/index-abc.js', { headers: { 'accept-encoding': 'gzip, br' } })
  expect(compressed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
  expect(Number(compressed.headers['content-length'])).toBeLessThan(200)
})

test('what the browser has already is not sent again', async () => {
  const { gateway } = await startWithWeb()
  const { etag } = (await gateway.send('/', { headers: page })).headers
  expect(await gateway.send('/', { headers: { ...page, 'if-none-match': etag } })).toMatchObject({ status: 304, text: '' })
})

test('HEAD gets the headers alone', async () => {
  const { gateway } = await startWithWeb()
  expect(await gateway.send('/favicon.svg', { method: 'HEAD' })).toMatchObject({
    status: 200,
    text: '',
    headers: { 'content-length': '6' },
  })
})

test.each([
  ['/assets/gone.js', page],
  ['/orders/123', { accept: 'application/json' }],
  ['/.env', page],
  ['/api', page],
  ['/api/unknown', page],
  ['/ws/x', page],
])('%s asked with %j is not the page: 404', async (path, headers) => {
  const { gateway } = await startWithWeb()
  expect(await gateway.send(path, { headers })).toMatchObject({ status: 404, headers: { 'content-type': 'application/problem+json' } })
})

test('a new build beside a running gateway takes no file away', async () => {
  const { gateway, webDir } = await startWithWeb()
  await gateway.send('/', { headers: page })
  rmSync(join(webDir, 'assets'), { recursive: true })
  expect((await gateway.send('/assets/index-abc.js')).status).toBe(200)
})

test('an app that has not been built says how to build it', async () => {
  const gateway = await startGateway()
  const answer = await gateway.send('/', { headers: page })
  expect(answer.status).toBe(503)
  expect(answer.text).toContain('npm run build --workspace web')
})
