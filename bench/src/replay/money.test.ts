import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMinor, MICROS_PER_MINOR, parsePrice, toMinor } from './money.ts'

test('a price is read exactly, down to a tenth of a penny', () => {
  expect(parsePrice('2.1')).toBe(2_100_000n)
  expect(parsePrice('0.001')).toBe(1_000n)
  expect(parsePrice('-11062.06')).toBe(-11_062_060_000n)
})

test.each(['', 'x', '1,5', '1e3', '.5', '1.', '0.1234567', 'NaN'])('"%s" is no price', (text) => {
  expect(parsePrice(text)).toBeUndefined()
})

test('half a penny is rounded up, on both sides of zero', () => {
  expect([toMinor(5_000n), toMinor(4_999n), toMinor(-5_000n), toMinor(-5_001n)]).toEqual([1, 0, 0, -1])
})

test('rounding a sum of whole pence and a remainder is the sum of their roundings', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), (pence, micros) => {
      const whole = pence * MICROS_PER_MINOR
      expect(toMinor(whole + micros)).toBe(toMinor(whole) + toMinor(micros))
    }),
  )
})

test('money is shown in pounds', () => {
  expect([formatMinor(82_374_614), formatMinor(-5)]).toEqual(['GBP 823,746.14', 'GBP -0.05'])
})
