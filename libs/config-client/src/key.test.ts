import { expect, test } from 'vitest'
import { pathOf, segmentsOf } from './key.ts'

test('a key is cut at dots and list positions', () => {
  expect(segmentsOf('servers[0].name')).toEqual(['servers', 0, 'name'])
  expect(segmentsOf('grid[1][2]')).toEqual(['grid', 1, 2])
})

test('kebab-case becomes camelCase, other spellings stay', () => {
  expect(segmentsOf('eureka.client.registry-fetch-interval-seconds')).toEqual(['eureka', 'client', 'registryFetchIntervalSeconds'])
  expect(segmentsOf('serviceUrl.defaultZone')).toEqual(['serviceUrl', 'defaultZone'])
  expect(segmentsOf('headers.X-Request-Id')).toEqual(['headers', 'X-Request-Id'])
  expect(segmentsOf('a.-b.c-')).toEqual(['a', '-b', 'c-'])
})

test('text in brackets is a key of a map and stays as it is, dots included', () => {
  expect(segmentsOf('limits[blue-shoe.xl].max')).toEqual(['limits', 'blue-shoe.xl', 'max'])
})

test('both spellings of a key have the same path', () => {
  expect(pathOf(segmentsOf('a.max-wait[3]'))).toBe(pathOf(segmentsOf('a.maxWait[3]')))
})
