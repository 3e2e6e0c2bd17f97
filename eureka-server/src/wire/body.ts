import { promisify } from 'node:util'
import { constants, deflateRaw, gzip } from 'node:zlib'
import { type Checksum, checksumOf, combine, NO_TEXT } from './crc32-combine.ts'

/** A part of a text that stays the same while other parts change; its compressed form is made once. */
export interface Piece {
  readonly plain: Buffer
  deflated?: Promise<Deflated>
}

/** Blocks that end on a byte and refer to nothing before them. */
interface Deflated {
  blocks: Buffer
  checksum: Checksum
}

/** A text that many ask for: put together once, compressed at most once. */
export interface Body {
  /** Of the registry when it was written. */
  readonly version: number
  readonly pieces: readonly Piece[]
  readonly byteLength: number
  /** The whole text in gzip (RFC 1952). */
  gzipped(): Promise<Buffer>
}

/** Above this the pieces are compressed one by one, so that a change costs no more than the pieces it touches. */
const WHOLE_BYTES = 262_144

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const LAST_BLOCK = Buffer.from([0x03, 0x00])

const gzipAsync = promisify(gzip)
const deflateRawAsync = promisify<Buffer, { finishFlush: number; level: number }, Buffer>(deflateRaw)
const LEVEL = 4
/** zlib takes a quarter of a megabyte for each that it has begun; it works on four at the same time. */
const AT_ONCE = 8

export function createPiece(text: string): Piece {
  return { plain: Buffer.from(text) }
}

export function createBody(version: number, pieces: readonly Piece[]): Body {
  const byteLength = pieces.reduce((sum, { plain }) => sum + plain.byteLength, 0)
  let compressed: Promise<Buffer> | undefined

  function gzipped(): Promise<Buffer> {
    compressed ??= byteLength <= WHOLE_BYTES ? gzipWhole(pieces) : gzipPieces(pieces, byteLength)
    return compressed
  }

  return { version, pieces, byteLength, gzipped }
}

function gzipWhole(pieces: readonly Piece[]): Promise<Buffer> {
  return gzipAsync(Buffer.concat(pieces.map(({ plain }) => plain)), { level: LEVEL })
}

/** Such blocks may be strung together (RFC 1951, section 3.2.3), and their checksums combined. */
async function gzipPieces(pieces: readonly Piece[], byteLength: number): Promise<Buffer> {
  const deflated = await deflateAll(pieces)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(
    deflated.reduce((crc, { checksum }) => combine(crc, checksum), NO_TEXT),
    0,
  )
  trailer.writeUInt32LE(byteLength % 2 ** 32, 4)
  return Buffer.concat([GZIP_HEADER, ...deflated.map(({ blocks }) => blocks), LAST_BLOCK, trailer])
}

async function deflateAll(pieces: readonly Piece[]): Promise<Deflated[]> {
  const deflated: Deflated[] = []
  for (let start = 0; start < pieces.length; start += AT_ONCE) {
    deflated.push(...(await Promise.all(pieces.slice(start, start + AT_ONCE).map(deflate))))
  }
  return deflated
}

function deflate(piece: Piece): Promise<Deflated> {
  piece.deflated ??= deflateNow(piece.plain)
  return piece.deflated
}

async function deflateNow(plain: Buffer): Promise<Deflated> {
  const blocks = await deflateRawAsync(plain, { finishFlush: constants.Z_SYNC_FLUSH, level: LEVEL })
  // zlib hands out a part of a larger buffer, which would be kept as a whole.
  return { blocks: Buffer.from(blocks), checksum: checksumOf(plain) }
}
