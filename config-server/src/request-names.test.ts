import { join, normalize } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { candidateFileNames } from './environment.ts'
import { parseEnvironmentRequest } from './request-names.ts'

test.each([
  '..',
  '.',
  '',
  'a/b',
  'a\\b',
  '/etc',
  'a..b',
  'a#',
  'a%2e',
  '(_)x',
  'a\0b',
  'a b',
  'a:b',
  '-a',
  'a,',
  'a'.repeat(101),
  `${'a,'.repeat(20)}a`,
])('the application or profile %j is refused', (name) => {
  expect(() => parseEnvironmentRequest({ application: name, profiles: 'dev' })).toThrow()
  expect(() => parseEnvironmentRequest({ application: 'foo', profiles: name })).toThrow()
})

test('letters of every language, digits and - _ . + @ are names', () => {
  expect(parseEnvironmentRequest({ application: '주문-service,b.c', profiles: 'dev+1,eu@2', label: 'feature(_)x' })).toMatchObject({
    applications: ['주문-service', 'b.c'],
    profiles: ['dev+1', 'eu@2'],
    label: 'feature/x',
  })
})

test.each(['..', 'a/../b', '/a', 'a/', '(_)a', 'a\0'])('the label %j is refused', (label) => {
  expect(() => parseEnvironmentRequest({ application: 'foo', profiles: 'dev', label })).toThrow('label is not valid')
})

test('no name that passes leads out of the folder', () => {
  const name = fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', '%', '#', '-', ',', '\0', '~', '(_)') })
  fc.assert(
    fc.property(name, name, (application, profiles) => {
      let request: ReturnType<typeof parseEnvironmentRequest>
      try {
        request = parseEnvironmentRequest({ application, profiles })
      } catch {
        return
      }
      for (const fileName of candidateFileNames(request)) expect(normalize(join('/folder', fileName))).toBe(`/folder/${fileName}`)
      for (const fileName of candidateFileNames(request)) expect(fileName).not.toContain('/')
    }),
    { numRuns: 1000 },
  )
})
