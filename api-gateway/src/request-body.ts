import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { badRequest, bodyTooLarge } from './refusal.ts'

/** How a request's body comes: not at all, small enough to wait for, or as a stream. */
export type BodyKind = 'none' | 'small' | 'stream'

/** Decides by the headers. Errors: Refusal 413 when the announced length is above the limit; 400 for an odd one. */
export function bodyKindOf(request: IncomingMessage, maxBytes: number, maxBufferedBytes: number): BodyKind {
  const { headers } = request
  if (headers['transfer-encoding'] !== undefined) return 'stream'
  const length = headers['content-length']
  if (length === undefined || length === '0') return 'none'
  const bytes = Number(length)
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw badRequest('bad-framing', 'The Content-Length is not a number of bytes.')
  if (bytes > maxBytes) throw bodyTooLarge(maxBytes)
  return bytes <= maxBufferedBytes ? 'small' : 'stream'
}

/** Collects a small body. Calls nothing when the client goes away before its end. */
export function collectBody(request: IncomingMessage, onBody: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => onBody(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
}

/**
 * A large body on its way upstream: read only as fast as the upstream takes it, counted, and cut with a Refusal 413 at
 * the limit. Nothing is read before somebody reads from it, so that after a refused connection it can go elsewhere.
 */
export class StreamedBody extends Readable {
  readonly #request: IncomingMessage
  readonly #maxBytes: number
  #bytes = 0
  #isReading = false

  constructor(request: IncomingMessage, maxBytes: number) {
    super()
    this.#request = request
    this.#maxBytes = maxBytes
  }

  override _read(): void {
    if (this.#isReading) {
      this.#request.resume()
      return
    }
    this.#isReading = true
    this.#request.on('data', this.#onData)
    this.#request.on('end', this.#onEnd)
    this.#request.on('close', this.#onClose)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#request.off('data', this.#onData)
    this.#request.off('end', this.#onEnd)
    this.#request.off('close', this.#onClose)
    callback(error)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) this.destroy(bodyTooLarge(this.#maxBytes))
    else if (!this.push(chunk)) this.#request.pause()
  }

  readonly #onEnd = (): void => {
    this.push(null)
  }

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(new Error('The client went away in the middle of the request.'))
  }
}
