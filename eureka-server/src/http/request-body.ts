import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError } from '@order-flow/service-kit'

const gunzipAsync = promisify(gunzip)

/**
 * The body as text, also when it came in gzip; ISO-8859-1 when the content type says so, else UTF-8.
 * Errors: `too_large` beyond `maxBytes`, compressed or not; `invalid` when it is no gzip.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  if (request.headers['content-length'] === '0' || (!request.headers['content-length'] && !request.headers['transfer-encoding'])) return ''
  const received = await receive(request, maxBytes)
  const plain = request.headers['content-encoding'] === 'gzip' ? await decompress(received, maxBytes) : received
  const charset = /charset\s*=\s*"?iso-8859-1/i.test(request.headers['content-type'] ?? '') ? 'latin1' : 'utf8'
  return plain.toString(charset)
}

function receive(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes))
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.byteLength
    if (length > maxBytes) reject(tooLarge(maxBytes))
    else chunks.push(chunk)
  })
  request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
  request.on('error', reject)
  request.on('close', () => reject(new AppError('invalid', 'The body ended early.')))
  return promise
}

async function decompress(body: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes)
    throw new AppError('invalid', 'The body is not the gzip that Content-Encoding says it is.', { cause: error })
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The body is larger than the ${maxBytes} bytes that this address takes.`)
}
