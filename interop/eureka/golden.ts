import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import type { GoldenRequest } from './golden-requests.ts'

/** What a registry answered, with everything that changes from run to run replaced. */
export interface GoldenAnswer {
  status: number
  contentType?: string
  contentEncoding?: string
  /** Headers beside the usual ones of any HTTP server. */
  headers?: Record<string, string>
  /** JSON as it is, other text by line; none when the body is empty. */
  body?: unknown
}

export interface Recorded extends Omit<GoldenRequest, 'body'> {
  /** What was sent: JSON as it is when it is any, otherwise the text. */
  body?: unknown
  answer: GoldenAnswer
}

const TIMEOUT_MS = 20_000
const USUAL_HEADERS = ['content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date']

/** Sends the requests one after another; nothing is added to their headers. */
export async function askAll(serviceUrl: string, requests: readonly GoldenRequest[]): Promise<Recorded[]> {
  const recorded: Recorded[] = []
  for (const each of requests) recorded.push({ ...written(each), answer: await ask(serviceUrl, each) })
  return recorded
}

/** A request as it is written down. */
export function written({ body, ...rest }: GoldenRequest): Omit<Recorded, 'answer'> {
  return body === undefined ? rest : { ...rest, body: readable(body) }
}

function ask(serviceUrl: string, { method, path, headers, body }: GoldenRequest): Promise<GoldenAnswer> {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, ...length }, signal: AbortSignal.timeout(TIMEOUT_MS), agent: false as const }
    request(new URL(path, serviceUrl), options, async (response) => {
      const { 'content-type': contentType, 'content-encoding': contentEncoding } = response.headers
      const content = await text(contentEncoding === 'gzip' ? response.pipe(createGunzip()) : response)
      const others = Object.entries(response.headers).filter(([name]) => !USUAL_HEADERS.includes(name))
      resolve({
        status: response.statusCode ?? 0,
        ...(contentType === undefined ? {} : { contentType }),
        ...(contentEncoding === undefined ? {} : { contentEncoding }),
        ...(others.length === 0 ? {} : { headers: Object.fromEntries(others.map(([name, value]) => [name, String(value)])) }),
        ...(content === '' ? {} : { body: readable(withoutChanging(content, serviceUrl)) }),
      })
    })
      .on('error', reject)
      .end(body)
  })
}

// Every time of these years becomes the same one, so that text stays text and a number a number.
function withoutChanging(content: string, serviceUrl: string): string {
  return content
    .replaceAll(new RegExp(`\\b${new URL(serviceUrl).port}\\b`, 'g'), 'PORT')
    .replaceAll(/\b1[6-9]\d{11}\b/g, '1700000000000')
    .replaceAll(/\b20\d\d-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, '2023-11-14T22:13:20Z')
    .replaceAll(/(<div id='created'>)[^<]*/g, '$1...')
    .replaceAll(/(<(num-of-cpus|total-avail-memory|current-memory-usage|server-uptime)>)[^<]*/g, '$1...')
}

function readable(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return content.includes('\n') ? content.split('\n') : content
  }
}
