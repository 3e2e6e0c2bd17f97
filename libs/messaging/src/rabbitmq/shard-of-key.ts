import { crc32 } from 'node:zlib'

/**
 * Which of the shards (0 ...) events with this partition key go to: CRC-32 (the one of zip, gzip and
 * `java.util.zip.CRC32`) of the key in UTF-8, modulo the number of shards.
 */
export function shardOfKey(partitionKey: string, shards: number): number {
  return crc32(partitionKey) % shards
}
