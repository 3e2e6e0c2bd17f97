import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { checkConfig, mergeTrees } from './config.ts'

const Schema = Type.Object({
  server: Type.Object({ port: Type.Integer({ minimum: 0, maximum: 65_535 }) }),
  retries: Type.Integer({ default: 3 }),
  limits: Type.Object({ size: Type.Integer({ default: 10 }) }, { default: {} }),
})

test('defaults are filled in and text becomes what the schema asks for', () => {
  expect(checkConfig(Schema, { server: { port: '8081' } }, () => '')).toEqual({ server: { port: 8081 }, retries: 3, limits: { size: 10 } })
})

test('every problem is reported at once, with its key, its value and where it came from', () => {
  const check = () => checkConfig(Schema, { server: { port: 70_000 }, retries: 'many' }, (path) => `file-of-${path}.yml`)
  expect(check).toThrow(/server\.port must be <= 65535, found 70000 from file-of-server\.port\.yml/)
  expect(check).toThrow(/retries must be integer, found "many" from file-of-retries\.yml/)
})

test('a list or map where something else is wanted is not shown: passwords may stand in it', () => {
  const check = (limits: unknown) => () =>
    checkConfig(Schema, { server: { port: 1 }, limits, retries: { password: 'secret' } }, () => 'a.yml')
  expect(check([{ password: 'secret' }])).toThrow(/limits must be object, found a list from a\.yml/)
  expect(check([{ password: 'secret' }])).toThrow(/retries must be integer, found a map from a\.yml/)
  expect(check([{ password: 'secret' }])).not.toThrow(/secret/)
})

test('an override wins, objects are merged, lists replaced', () => {
  expect(mergeTrees({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] } })).toEqual({ a: { b: 1, c: [3] }, d: 1 })
})
