/** One answer. `body` is empty unless bodies are kept; in chunks it is put together, in gzip it stays so. */
export interface Answer {
  status: number
  bodyBytes: number
  body: Buffer
}

export interface AnswerParser {
  /** Takes what came, the first `bytes` of it; answers the answer when it is whole. The buffer may be used again afterwards. */
  take(buffer: Buffer, bytes: number): (Answer & { closes: boolean }) | undefined
  /** Whether part of an answer has come. */
  isUnderWay(): boolean
}

const HEAD_END = '\r\n\r\n'
const LINE_END = '\r\n'
const EMPTY = Buffer.alloc(0)

/**
 * Reads the answers of one connection on which one request is open at a time. Written for load: it looks at the head's few
 * facts and counts the rest. A body has a length, comes in chunks or is not there.
 */
export function createAnswerParser({ keepBodies }: { keepBodies: boolean }): AnswerParser {
  let head = ''
  let status = 0
  let closes = false
  let bodyBytes = 0
  let kept: Buffer[] = []
  let body: BodyReader | undefined

  function keep(buffer: Buffer, start: number, end: number): void {
    bodyBytes += end - start
    if (keepBodies && end > start) kept.push(Buffer.from(buffer.subarray(start, end)))
  }

  /** Answers where the body begins, -1 while the head is not whole. */
  function takeHead(buffer: Buffer, bytes: number): number {
    const before = head.length
    head += buffer.toString('latin1', 0, Math.min(bytes, MAX_HEAD_BYTES))
    const end = head.indexOf(HEAD_END)
    if (end < 0) return -1
    const text = head.slice(0, end + LINE_END.length)
    head = ''
    status = Number(text.slice(9, 12))
    closes = /\r\nconnection: *close\r/i.test(text)
    body = bodyReaderOf(text, keep)
    return end + HEAD_END.length - before
  }

  return {
    isUnderWay: () => head !== '' || body !== undefined,
    take(buffer, bytes) {
      const start = body ? 0 : takeHead(buffer, bytes)
      if (!body?.(buffer, start, bytes)) return undefined
      const answer = { status, closes, bodyBytes, body: kept.length === 0 ? EMPTY : Buffer.concat(kept) }
      body = undefined
      bodyBytes = 0
      kept = []
      return answer
    },
  }
}

const MAX_HEAD_BYTES = 16_384

type Keep = (buffer: Buffer, start: number, end: number) => void

/** Takes a part of a body; answers true when it was the last. */
type BodyReader = (buffer: Buffer, start: number, end: number) => boolean

function bodyReaderOf(head: string, keep: Keep): BodyReader {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return readLength(Number(length), keep)
  return /\r\ntransfer-encoding: *chunked/i.test(head) ? readChunks(keep) : () => true
}

function readLength(length: number, keep: Keep): BodyReader {
  let missing = length
  return (buffer, start, end) => {
    const taken = Math.min(missing, end - start)
    keep(buffer, start, start + taken)
    missing -= taken
    return missing === 0
  }
}

const LAST_CHUNK = /^0+\r\n\r\n$/

function readChunks(keep: Keep): BodyReader {
  let line = ''
  // Of the chunk; undefined while its line is being read.
  let missing: number | undefined
  return (buffer, start, end) => {
    for (let at = start; at < end; ) {
      if (missing === undefined) {
        const lineEnd = buffer.indexOf('\n', at)
        const stop = lineEnd < 0 || lineEnd >= end ? end : lineEnd + 1
        line += buffer.toString('latin1', at, stop)
        at = stop
        // An empty line ends the chunk before, and after the chunk of length 0 everything.
        if (line === LINE_END) line = ''
        else if (LAST_CHUNK.test(line)) return true
        else if (line.endsWith('\n') && !line.startsWith('0')) {
          missing = Number.parseInt(line, 16)
          line = ''
        }
      } else {
        const taken = Math.min(missing, end - at)
        keep(buffer, at, at + taken)
        at += taken
        missing = missing === taken ? undefined : missing - taken
      }
    }
    return false
  }
}
