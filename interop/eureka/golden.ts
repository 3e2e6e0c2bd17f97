import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import type { GoldenRequest } from './golden-requests.ts'

/** What a registry answered, with everything that changes from run to run replaced. */
export interface GoldenAnswer {
  status: number
  contentType?: string
  contentEncoding?: string
  /** Which methods a path takes, when another was used. */
  allow?: string
  /** JSON as it is, other text by line; none when the body is empty. */
  body?: unknown
}

export interface Recorded extends Omit<GoldenRequest, 'body'> {
  /** What was sent: JSON as it is when it is any, otherwise the text. */
  body?: unknown
  answer: GoldenAnswer
}

const TIMEOUT_MS = 20_000

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
      const { 'content-type': contentType, 'content-encoding': contentEncoding, allow } = response.headers
      const content = await text(contentEncoding === 'gzip' ? response.pipe(createGunzip()) : response)
      resolve({
        status: response.statusCode ?? 0,
        ...(contentType === undefined ? {} : { contentType }),
        ...(contentEncoding === undefined ? {} : { contentEncoding }),
        ...(allow === undefined ? {} : { allow }),
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

/**
 * An answer for comparison: what Java keeps in hash maps (applications, instances, metadata) in the order of the alphabet;
 * without the count of deltas, which tells how often Java's caches were filled; without an id where Java has none because
 * none was sent and the host's name or Amazon's id stands in; and without the charset, which is UTF-8 either way.
 */
export function comparable(answer: GoldenAnswer | undefined, path: string): unknown {
  if (!answer) return answer
  const contentType = answer.contentType?.split(';')[0]
  if (answer.body === undefined) return { ...answer, contentType }
  const isDelta = path.startsWith('apps/delta')
  if (!isXml(answer.body)) {
    const ordered = orderedJson(answer.body)
    const body = isDelta ? JSON.parse(JSON.stringify(ordered).replace(/("versions__delta":)"\d+"/, '$1"..."')) : ordered
    // As text: the order of all other members counts.
    return { ...answer, contentType, body: JSON.stringify(body, null, 2) }
  }
  const lines = Array.isArray(answer.body) ? answer.body.join('\n') : answer.body
  const body = orderedXml(lines)
  return { ...answer, contentType, body: isDelta ? body.replace(/(<versions__delta>)\d+/, '$1...') : body }
}

function isXml(body: unknown): body is string | string[] {
  return typeof body === 'string' || (Array.isArray(body) && typeof body[0] === 'string')
}

function orderedJson(value: unknown, name?: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => orderedJson(item))
    return name === 'instance' || name === 'application' ? items.toSorted(byText) : items
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([member]) => !(member === 'instanceId' && isStandIn(value as InstanceLike)))
  const ordered = name === 'metadata' ? members.toSorted(byText) : members
  return Object.fromEntries(ordered.map(([member, content]) => [member, orderedJson(content, member)]))
}

interface InstanceLike {
  instanceId?: string
  hostName?: string
  dataCenterInfo?: { metadata?: Record<string, string> }
}

function isStandIn({ instanceId, hostName, dataCenterInfo }: InstanceLike): boolean {
  return instanceId === '' || instanceId === hostName || instanceId === dataCenterInfo?.metadata?.['instance-id']
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}

function orderedXml(text: string): string {
  const withoutStandIns = text.replaceAll(/ *<instanceId>(.*)<\/instanceId>\n( *<hostName>\1<\/hostName>\n)/g, '$2')
  const metadata = withoutStandIns.replaceAll(/(<metadata>\n)([\s\S]*?)(\n *<\/metadata>)/g, (_all, start, lines, end) => {
    return start + lines.split('\n').toSorted().join('\n') + end
  })
  const instances = metadata.replaceAll(/ *<application>\n[\s\S]*?\n *<\/application>/g, (block) => withSorted(block, 'instance'))
  return withSorted(instances, 'application')
}

/** Elements of one name that stand in a row, sorted. */
function withSorted(text: string, name: string): string {
  const pattern = new RegExp(`^( *)<${name}>\\n[\\s\\S]*?\\n\\1</${name}>$`, 'gm')
  const sorted = (text.match(pattern) ?? []).toSorted()
  let next = 0
  return text.replaceAll(pattern, () => sorted[next++] ?? '')
}
