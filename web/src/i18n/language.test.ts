import { expect, test } from 'vitest'
import { en } from './en.ts'
import { ko } from './ko.ts'
import { browserLanguage } from './language.ts'

test('the first language of the browser that the app speaks is taken, else English', () => {
  expect(browserLanguage(['fr-FR', 'ko-KR', 'en-US'])).toBe('ko')
  expect(browserLanguage(['en-GB', 'ko'])).toBe('en')
  expect(browserLanguage(['fr'])).toBe('en')
})

test('both languages fill in the same facts', () => {
  const gaps = (words: object, path = ''): [string, string[]][] =>
    Object.entries(words).flatMap(([key, value]): [string, string[]][] =>
      typeof value === 'string' ? [[path + key, (value.match(/\{\{\w+\}\}/g) ?? []).sort()]] : gaps(value, `${path}${key}.`),
    )
  const english = gaps(en).filter(([key]) => !key.endsWith('_one'))
  expect(gaps(ko)).toEqual(english)
})
