import { badRequest, Refusal } from './refusal.ts'

/** A request target that passed the URL policy. It is sent on as it is: rejected or raw, never normalised. */
export interface RequestTarget {
  /** Raw, begins with exactly one slash. */
  path: string
  /** Raw, with its question mark; empty when there is none. */
  query: string
  /** The path's segments, decoded. */
  segments: readonly string[]
}

const MAX_URL_LENGTH = 8192

/**
 * Splits and checks a request target. Refused with 400: dot segments, empty segments, encoded slashes, backslashes, dots,
 * percent signs and control characters, `;`, and whatever RFC 3986 does not allow; each is a known way to make a gateway
 * and the service behind it see different paths. Errors: Refusal 400, 414.
 */
export function parseRequestTarget(url: string, host: string): RequestTarget {
  if (url.length > MAX_URL_LENGTH) throw new Refusal(414, 'uri-too-long', `The address is longer than ${MAX_URL_LENGTH} characters.`)
  const origin = url.startsWith('/') ? url : originForm(url, host)
  const mark = origin.indexOf('?')
  const path = mark < 0 ? origin : origin.slice(0, mark)
  const query = mark < 0 ? '' : origin.slice(mark)
  const fault = pathFault(path)
  if (fault !== undefined) throw badRequest('bad-path', `The path has ${fault}.`)
  if (/[^!-~]|#/.test(query)) throw badRequest('bad-query', 'The query has characters that must be percent-encoded.')
  return { path, query, segments: decodeSegments(path) }
}

// `GET http://host/path`, as sent to a forward proxy, is fine as long as it means this host.
function originForm(url: string, host: string): string {
  const parts = /^https?:\/\/([^/?#]*)(\/[^#]*)?$/i.exec(url)
  if (!parts) throw badRequest('bad-target', 'The request target must begin with a slash.')
  if (parts[1]?.toLowerCase() !== host.toLowerCase())
    throw badRequest('bad-target', 'The request target names another host than the Host header.')
  return parts[2] ?? '/'
}

function decodeSegments(path: string): string[] {
  const segments = path.slice(1).split('/')
  if (!path.includes('%')) return segments
  try {
    return segments.map(decodeURIComponent)
  } catch {
    throw badRequest('bad-path', 'The path has a percent-encoding that is not UTF-8.')
  }
}

const SLASH = 47
const PERCENT = 37
/** Characters that stand for themselves in a path (RFC 3986 pchar), without `;`, which some servers cut off. */
const PLAIN = new Set(
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@"].map((char) => char.charCodeAt(0)),
)
const IS_PLAIN = Uint8Array.from({ length: 128 }, (_, code) => (PLAIN.has(code) ? 1 : 0))

/** What is wrong with a raw path, as "The path has ..." goes on; undefined when nothing is. */
export function pathFault(path: string): string | undefined {
  if (path.charCodeAt(0) !== SLASH) return 'no slash at its beginning'
  let segmentStart = 1
  let hasPercent = false
  for (let index = 1; index <= path.length; index++) {
    const code = index === path.length ? SLASH : path.charCodeAt(index)
    if (code === SLASH) {
      const fault = segmentFault(path, segmentStart, index)
      if (fault !== undefined) return fault
      segmentStart = index + 1
    } else if (code === PERCENT) hasPercent = true
    else if (IS_PLAIN[code] !== 1) return 'a character that is not allowed in it'
  }
  return hasPercent ? escapeFault(path) : undefined
}

function segmentFault(path: string, start: number, end: number): string | undefined {
  const length = end - start
  if (length === 0 && end < path.length) return 'an empty segment'
  if (length === 1 && path[start] === '.') return 'a dot segment'
  if (length === 2 && path[start] === '.' && path[start + 1] === '.') return 'a dot segment'
  return undefined
}

function escapeFault(path: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(path)) return 'a broken percent-encoding'
  // Slash, backslash, dot, percent sign, control characters.
  return /%(?:2f|5c|2e|25|[01][0-9a-f]|7f)/i.test(path) ? 'an encoded character that is not allowed in it' : undefined
}
