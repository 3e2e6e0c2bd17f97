import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, gzip } from 'node:zlib'

/** A part of a text that stays the same while other parts change; its compressed form is made once. */
export interface Piece {
  readonly plain: Buffer
  deflated?: Promise<Buffer>
}

/** A text that many ask for: put together once, compressed at most once. */
export interface Body {
  /** Of the registry when it was written. */
  readonly version: number
  readonly pieces: readonly Piece[]
  readonly byteLength: number
  /** The whole text in gzip (RFC 1952). */
  gzipped(): Promise<readonly Buffer[]>
}

/** Above this the pieces are compressed one by one, so that a change costs no more than the pieces it touches. */
const WHOLE_BYTES = 1_048_576

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const LAST_BLOCK = Buffer.from([0x03, 0x00])

const gzipAsync = promisify(gzip)
const deflateRawAsync = promisify<Buffer, { finishFlush: number; level: number }, Buffer>(deflateRaw)
const LEVEL = 4

export function createPiece(text: string): Piece {
  return { plain: Buffer.from(text) }
}

export function createBody(version: number, pieces: readonly Piece[]): Body {
  const byteLength = pieces.reduce((sum, { plain }) => sum + plain.byteLength, 0)
  let compressed: Promise<readonly Buffer[]> | undefined
  return {
    version,
    pieces,
    byteLength,
    gzipped: () => (compressed ??= byteLength <= WHOLE_BYTES ? gzipWhole(pieces) : gzipPieces(pieces, byteLength)),
  }
}

async function gzipWhole(pieces: readonly Piece[]): Promise<readonly Buffer[]> {
  return [await gzipAsync(Buffer.concat(pieces.map(({ plain }) => plain)), { level: LEVEL })]
}

/** Deflate blocks that end on a byte and refer to nothing before them may be strung together (RFC 1951, section 3.2.3). */
async function gzipPieces(pieces: readonly Piece[], byteLength: number): Promise<readonly Buffer[]> {
  const blocks = await Promise.all(pieces.map(deflate))
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(
    pieces.reduce((checksum, { plain }) => crc32(plain, checksum), 0),
    0,
  )
  trailer.writeUInt32LE(byteLength % 2 ** 32, 4)
  return [GZIP_HEADER, ...blocks, LAST_BLOCK, trailer]
}

function deflate(piece: Piece): Promise<Buffer> {
  piece.deflated ??= deflateRawAsync(piece.plain, { finishFlush: constants.Z_SYNC_FLUSH, level: LEVEL })
  return piece.deflated
}
