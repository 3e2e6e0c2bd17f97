import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Body } from '../wire/body.ts'

/** What is answered: a status and perhaps a text, or a body that was made ready for many. */
export interface Answer {
  status: number
  contentType?: string
  text?: string
  body?: Body
  headers?: Record<string, string>
  /** Writes what follows the head, now and later, and ends the response itself. */
  stream?(response: ServerResponse): void
}

/** Java clients read the body of a heartbeat's answer as an instance: any text in it keeps them from registering again. */
export const OK: Answer = { status: 200 }
export const NO_CONTENT: Answer = { status: 204 }
export const NOT_FOUND: Answer = { status: 404 }

export function plainText(status: number, text: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', text }
}

/** Sends it, compressed when it is a body that the client takes in gzip. */
export async function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  if (answer.stream) {
    response.writeHead(answer.status, { ...answer.headers, 'content-type': answer.contentType })
    return answer.stream(response)
  }
  if (answer.body && acceptsGzip(request)) return sendGzipped(response, answer, await answer.body.gzipped())
  const chunks = answer.body ? answer.body.pieces.map(({ plain }) => plain) : []
  const length = answer.body ? answer.body.byteLength : Buffer.byteLength(answer.text ?? '')
  response.writeHead(answer.status, headersOf(answer, length))
  writeAll(response, answer.text === undefined ? chunks : [answer.text])
}

function sendGzipped(response: ServerResponse, answer: Answer, gzipped: Buffer): void {
  response.writeHead(answer.status, { ...headersOf(answer, gzipped.byteLength), 'content-encoding': 'gzip' })
  response.end(gzipped)
}

function headersOf({ status, contentType, headers }: Answer, length: number): Record<string, string | number> {
  return {
    ...headers,
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(status === 204 ? {} : { 'content-length': length }),
  }
}

function writeAll(response: ServerResponse, chunks: readonly (Buffer | string)[]): void {
  response.cork()
  for (const chunk of chunks.slice(0, -1)) response.write(chunk)
  response.end(chunks.at(-1))
  response.uncork()
}

function acceptsGzip({ headers }: IncomingMessage): boolean {
  const accepted = headers['accept-encoding']
  return typeof accepted === 'string' && accepted.includes('gzip')
}
