import { expect, test } from 'vitest'
import { formatMoney } from './money.ts'

test('minor units are divided by the digits that the currency has', () => {
  expect(formatMoney(1250, 'GBP', 'en')).toBe('£12.50')
  expect(formatMoney(12_000, 'KRW', 'ko')).toBe('₩12,000')
  expect(formatMoney(12_000, 'JPY', 'en')).toBe('¥12,000')
  expect(formatMoney(1250, 'KWD', 'en')).toContain('1.250')
})

test('an amount is exact up to the largest that the contracts allow', () => {
  expect(formatMoney(8_999_999_999_999, 'GBP', 'en')).toBe('£89,999,999,999.99')
})
