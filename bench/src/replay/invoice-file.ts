import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { EXIT, Failure } from '../command.ts'
import { type Catalogue, createCatalogue } from './catalogue.ts'
import { createInvoiceRows } from './invoice-rows.ts'
import type { Invoice } from './invoices.ts'

/** A file read and found good from its first line to its last. */
export interface InvoiceFile {
  /** SHA-256 of its text, whether it came compressed or not: the same invoices have the same hash. */
  contentHash: string
  lineCount: number
  /** In time order; those of one time in file order. */
  invoices: Invoice[]
  catalogue: Catalogue
}

const MAX_RECORD_BYTES = 65_536

/**
 * Reads a whole invoice file, plain or gzip (told by its first bytes, not its name), as a stream. A file that is not
 * readable, complete and of the right form is a Failure (exit code 2) that says where and why.
 */
export async function readInvoiceFile(path: string): Promise<InvoiceFile> {
  const catalogue = createCatalogue()
  const rows = createInvoiceRows(path, catalogue)
  const hash = createHash('sha256')
  const parser = parse({
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
    // Each row is taken here and not passed on, so that the parser buffers none.
    on_record: (record: string[], { lines }) => {
      rows.add(record, lines)
      return null
    },
  })
  parser.resume()
  try {
    const compressed = await isGzip(path)
    const source = createReadStream(path)
    const text = utf8Text(hash)
    await (compressed ? pipeline(source, createGunzip(), text, parser) : pipeline(source, text, parser))
  } catch (error) {
    throw explained(error, path)
  }
  return { contentHash: hash.digest('hex'), catalogue, ...rows.finish() }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

/** Passes UTF-8 text on without its byte order mark, hashing its bytes on the way; anything else is an error. */
function utf8Text(hash: { update: (bytes: Buffer) => unknown }): Transform {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return new Transform({
    decodeStrings: true,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      try {
        done(null, decoder.decode(chunk, { stream: true }))
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
    flush(done) {
      try {
        done(null, decoder.decode())
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  })
}

const FILE_TROUBLE: Record<string, string> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read by this user',
  Z_BUF_ERROR: 'is a gzip file that was cut off: its end is missing',
  Z_DATA_ERROR: 'is a damaged gzip file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not text in UTF-8',
}

function explained(error: unknown, path: string): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  const known = FILE_TROUBLE[code]
  if (known) return new Failure(EXIT.badInput, `${path} ${known}. Nothing was changed.`)
  if (code.startsWith('CSV_'))
    return new Failure(EXIT.badInput, `${path} is not a CSV file: ${oneSentence(error.message)}. Nothing was changed.`)
  return new Failure(EXIT.badInput, `${path} cannot be read: ${oneSentence(error.message)}. Nothing was changed.`)
}

function oneSentence(message: string): string {
  return message.replaceAll(/\s+/g, ' ').slice(0, 200).replace(/\.$/, '')
}
