import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** A file of the dashboard's page, held in memory. */
export interface PageFile {
  name: string
  type: string
  etag: string
  body: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Reads the files that browsers are given; tests and type settings that lie beside them are none. */
export function readPageFiles(directory: string): PageFile[] {
  return readdirSync(directory).flatMap((name) => {
    const type = TYPES[extname(name)]
    if (type === undefined) return []
    const body = readFileSync(join(directory, name))
    return [{ name, type, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`, body }]
  })
}
