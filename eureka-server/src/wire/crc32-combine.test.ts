import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checksumOf, combine, NO_TEXT } from './crc32-combine.ts'

test('checksums of parts put together are the checksum of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (parts) => {
      const combined = parts.reduce((crc, part) => combine(crc, checksumOf(Buffer.from(part))), NO_TEXT)
      expect(combined).toBe(crc32(Buffer.concat(parts)))
    }),
  )
})
