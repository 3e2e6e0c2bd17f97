import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Call } from './call.ts'
import { noRoute } from './refusal.ts'

export interface WebApp {
  /** Answers a GET or HEAD with a file of the web app, or with its page for a navigation. Errors: Refusal 404. */
  serve(call: Call, response: ServerResponse): void
}

interface StaticFile {
  type: string
  etag: string
  body: Buffer
  /** The body compressed, once somebody asked for it. */
  compressed: Promise<Buffer> | undefined
  isImmutable: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
const COMPRESSIBLE = /^(?:text\/|application\/|image\/svg)/
const MIN_COMPRESSED_BYTES = 1024
/** The web app is held in memory; what is larger than this in sum is no build of it. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/**
 * Serves the built web app from `webDir`. It is read into memory whole, when it is first asked for and there: a new build
 * beside a running gateway can then neither mix old and new files nor take one away while it is being sent.
 */
export function createWebApp(webDir: string): WebApp {
  let files: ReadonlyMap<string, StaticFile> | undefined

  return {
    serve(call, response) {
      files ??= existsSync(join(webDir, 'index.html')) ? readFiles(webDir) : undefined
      if (!files) return answerNotBuilt(response)
      const file = files.get(call.path) ?? (isNavigation(call) ? files.get('/index.html') : undefined)
      if (!file) throw noRoute(call.method, call.path)
      void sendFile(call, response, file)
    },
  }
}

function isNavigation({ path, headers }: Call): boolean {
  const lastSegment = path.slice(path.lastIndexOf('/') + 1)
  return !lastSegment.includes('.') && (headers.accept ?? '').includes('text/html')
}

async function sendFile(call: Call, response: ServerResponse, file: StaticFile): Promise<void> {
  const isCompressible = COMPRESSIBLE.test(file.type) && file.body.length >= MIN_COMPRESSED_BYTES
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    'x-request-id': call.requestId,
    ...(isCompressible ? { vary: 'accept-encoding' } : {}),
  }
  if (call.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers)
    response.end()
    return
  }
  let body = file.body
  if (isCompressible && /\bgzip\b/.test(String(call.headers['accept-encoding']))) {
    file.compressed ??= promisify(gzip)(file.body)
    body = await file.compressed
    headers['content-encoding'] = 'gzip'
  }
  response.writeHead(200, { ...headers, 'content-type': file.type, 'content-length': String(body.length) })
  response.end(body)
}

function answerNotBuilt(response: ServerResponse): void {
  response.writeHead(503, { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8', 'retry-after': '10' })
  response.end('The web app has not been built: npm run build --workspace web\n')
}

function readFiles(webDir: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>()
  let totalBytes = 0
  for (const entry of readdirSync(webDir, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    const path = file.slice(webDir.length).replaceAll('\\', '/')
    // Names that begin with a dot are no part of a web app, and links could lead out of it.
    if (!entry.isFile() || path.includes('/.')) continue
    totalBytes += statSync(file).size
    if (totalBytes > MAX_TOTAL_BYTES)
      throw new Error(`${webDir} holds more than ${MAX_TOTAL_BYTES} bytes, which is no build of the web app.`)
    files.set(path, readFile(file, path))
  }
  const page = files.get('/index.html')
  if (page) files.set('/', page)
  return files
}

function readFile(file: string, path: string): StaticFile {
  const body = readFileSync(file)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  const type = TYPES[extname(file)] ?? 'application/octet-stream'
  // Vite puts a hash of their content into the names of the files in assets.
  return { type, etag, body, compressed: undefined, isImmutable: path.startsWith('/assets/') }
}
