import { expect, test } from 'vitest'
import { browserLanguage, createWords } from './language.js'
import { en } from './messages-en.js'
import { ko } from './messages-ko.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

test('both languages have the same messages', () => {
  expect(Object.keys(ko)).toEqual(Object.keys(en))
})

test('a message has the same values in both languages, and forms where the other has', () => {
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(valuesIn(ko[key]), key).toEqual(valuesIn(en[key]))
    expect(typeof ko[key], key).toBe(typeof en[key])
  }
})

test('the first language that is spoken here is taken', () => {
  expect(browserLanguage(['fr-FR', 'ko-KR', 'en'])).toBe('ko')
  expect(browserLanguage(['en-GB', 'ko'])).toBe('en')
  expect(browserLanguage(['fr'])).toBe('en')
})

test('a number chooses the form', () => {
  const { t } = createWords('en')
  expect(t('instanceCount', { count: 1 })).toBe('1 instance')
  expect(t('instanceCount', { count: 1234 })).toBe('1,234 instances')
  expect(createWords('ko').t('instanceCount', { count: 1 })).toBe('인스턴스 1개')
})

test('values are put in as they are, also with what looks like a placeholder', () => {
  expect(createWords('en').t('removeOf', { id: '{id} $& <b>' })).toBe('Remove {id} $& <b>')
})

test.each([
  [0, '0 s', '0초'],
  [59_999, '59 s', '59초'],
  [5 * MINUTE, '5 min', '5분'],
  [47 * HOUR + 3 * MINUTE, '47 h 3 min', '47시간 3분'],
  [50 * HOUR, '2 d 2 h', '2일 2시간'],
])('%i ms are %s, %s', (ms, english, korean) => {
  expect(createWords('en').duration(ms)).toBe(english)
  expect(createWords('ko').duration(ms)).toBe(korean)
})

function valuesIn(message: unknown): string[] {
  const text = typeof message === 'string' ? message : (message as { other: string }).other // checked against the other language
  return [...new Set(text.match(/\{\w+\}/g))].sort()
}
