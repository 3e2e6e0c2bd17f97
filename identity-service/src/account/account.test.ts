import { expect, test } from 'vitest'
import { cleanText, normaliseEmail, searchTextOf, toAccount } from './account.ts'

test('an address has one form however it is typed', () => {
  expect(normaliseEmail('  Ana.Kim@Example.COM ')).toBe('ana.kim@example.com')
})

test('a name is trimmed and composed', () => {
  expect(cleanText(' 김'.normalize('NFD'), 'name')).toBe('김')
})

test.each(['', '   ', 'a\u0000b', 'a\nb'])('the name %j is refused', (name) => {
  expect(() => cleanText(name, 'name')).toThrow(expect.objectContaining({ code: 'invalid' }))
})

test('a search looks through name, address and reference in lower case', () => {
  expect(searchTextOf({ name: 'ÉMILE Ｋ', email: null, reference: 'C-1' })).toBe('émile k\nc-1')
})

test('what others see holds no password hash', () => {
  const stored = { id: '1', email: null, name: 'A', roles: [], passwordHash: 'secret', reference: null, createdAt: '' }
  expect(toAccount(stored)).toEqual({ id: '1', email: null, name: 'A', roles: [] })
})
