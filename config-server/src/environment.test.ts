import { expect, test } from 'vitest'
import type { ConfigDocument } from './document.ts'
import { candidateFileNames, environmentJson, propertySourcesOf } from './environment.ts'
import { parseEnvironmentRequest } from './request-names.ts'

const request = (application: string, profiles: string) => parseEnvironmentRequest({ application, profiles })

test('files are asked for in Spring’s order', () => {
  expect(candidateFileNames(request('foo', 'dev,db')).filter((name) => !name.endsWith('.yaml'))).toEqual([
    'foo-db.properties',
    'foo-db.yml',
    'application-db.properties',
    'application-db.yml',
    'foo-dev.properties',
    'foo-dev.yml',
    'application-dev.properties',
    'application-dev.yml',
    'foo.properties',
    'foo.yml',
    'application.properties',
    'application.yml',
  ])
  expect(candidateFileNames(request('foo', 'default'))[1]).toBe('foo-default.yml')
  expect(candidateFileNames(request('application', 'dev')).filter((name) => name === 'application.yml')).toHaveLength(1)
})

test('of several documents the last is the strongest, and their names are Spring’s', () => {
  const sources = propertySourcesOf(
    [{ fileName: 'foo.yml', documents: [document({ a: '1' }), document({ a: '2' })] }],
    request('foo', 'dev'),
    '/srv/repo',
  )
  expect(sources.map(({ name }) => name)).toEqual([
    "file:/srv/repo/Config resource 'file [/srv/repo/foo.yml' via location '' (document #1)",
    "file:/srv/repo/Config resource 'file [/srv/repo/foo.yml' via location '' (document #0)",
  ])
})

test('a document for other profiles is left out', () => {
  const forDev = document({ a: '1', 'spring.config.activate.on-profile': 'dev & !cloud, test' })
  const files = [{ fileName: 'foo.yml', documents: [forDev] }]
  expect(propertySourcesOf(files, request('foo', 'dev'), '/r')).toHaveLength(1)
  expect(propertySourcesOf(files, request('foo', 'x,test'), '/r')).toHaveLength(1)
  expect(propertySourcesOf(files, request('foo', 'dev,cloud'), '/r')).toEqual([])
  const broken = [{ fileName: 'foo.yml', documents: [document({ 'spring.config.activate.on-profile': 'a & b | c' })] }]
  expect(() => propertySourcesOf(broken, request('foo', 'dev'), '/r')).toThrow('foo.yml: "a & b | c" is not a profile expression')
})

test('the answer has Spring’s members, and values keep their form', () => {
  const source = {
    name: 'file:/r/foo.yml',
    document: [
      { key: '7', json: '3.0' },
      { key: 'a', json: '12345678901234567890' },
    ],
  }
  expect(environmentJson(request('foo', 'dev,db'), [source], null)).toBe(
    '{"name":"foo","profiles":["dev,db"],"label":null,"version":null,"state":null,' +
      '"propertySources":[{"name":"file:/r/foo.yml","source":{"7":3.0,"a":12345678901234567890}}]}',
  )
})

function document(flat: Record<string, unknown>): ConfigDocument {
  return Object.entries(flat).map(([key, value]) => ({ key, json: JSON.stringify(value) }))
}
