/**
 * The file's money is counted exactly, in millionths of a pound as BigInt: its prices go down to a tenth of a penny.
 * The shop's money is whole pence, its minor unit.
 */
export const MICROS_PER_MINOR = 10_000n

const PRICE = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/

/** A price such as `2.1` or `0.001` in millionths; undefined when it is not a decimal number of at most 6 decimals. */
export function parsePrice(text: string): bigint | undefined {
  const [, sign, whole = '', decimals = ''] = PRICE.exec(text) ?? []
  if (sign === undefined) return undefined
  const micros = BigInt(whole + decimals.padEnd(6, '0'))
  return sign === '-' ? -micros : micros
}

/**
 * Whole pence, half a penny rounded up: the one place where the file's money is rounded. Orders are whole pence, so only
 * what was skipped can hold a fraction, and `toMinor(ordered + skipped) = toMinor(ordered) + toMinor(skipped)`.
 */
export function toMinor(micros: bigint): number {
  return Number(floorDivide(micros + MICROS_PER_MINOR / 2n, MICROS_PER_MINOR))
}

/** `12345` as `GBP 123.45`. */
export function formatMinor(minor: number): string {
  const pence = Math.abs(minor)
  const pounds = Math.floor(pence / 100).toLocaleString('en-GB')
  return `GBP ${minor < 0 ? '-' : ''}${pounds}.${String(pence % 100).padStart(2, '0')}`
}

/** BigInt division cuts towards zero; rounding must go the same way on both sides of it. */
function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend % divisor < 0n ? quotient - 1n : quotient
}
