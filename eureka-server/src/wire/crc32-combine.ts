import { crc32 } from 'node:zlib'

// A CRC is the remainder of a polynomial over GF(2) divided by this one, its bits in reverse. The CRC of two texts in a row
// is that of the first times x to the power of the bits of the second, plus that of the second.
const DIVISOR = 0xedb88320
const ONE = 0x80000000

/** A text's checksum, and what appending it does to the checksum of what stands before. */
export interface Checksum {
  crc: number
  /** x to the power of the text's bits, modulo the divisor. */
  shift: number
}

/** Of no text at all. */
export const NO_TEXT = 0

export function checksumOf(text: Buffer): Checksum {
  return { crc: crc32(text), shift: powerOfX(8 * text.byteLength) }
}

/** The CRC-32 of one text followed by another, without reading either. */
export function combine(before: number, { crc, shift }: Checksum): number {
  return (multiply(shift, before) ^ crc) >>> 0
}

function multiply(left: number, right: number): number {
  let product = 0
  let factor = right
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((left & bit) !== 0) product ^= factor
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ DIVISOR : factor >>> 1
  }
  return product >>> 0
}

/** By squaring; exponents may be above 2^32. */
function powerOfX(exponent: number): number {
  let power = ONE
  let square = ONE >>> 1
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(square, power)
    square = multiply(square, square)
  }
  return power
}
