import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { settingsOf } from './process-settings.ts'
import { readSeedFile } from './seed-file.ts'
import { advertisedHost } from './service.ts'

function inFile<T>(text: string, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
  try {
    const file = join(folder, 'value')
    writeFileSync(file, text)
    return use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('variables of the environment become settings', () => {
  expect(
    settingsOf({ SERVER_PORT: '8081', EUREKA_URL: 'http://e/eureka/', EUREKA_INSTANCE_HOSTNAME: 'h', BROKER: 'kafka', HOME: '/x' }),
  ).toEqual({
    server: { port: '8081' },
    eureka: { client: { serviceUrl: { defaultZone: 'http://e/eureka/' } }, instance: { hostname: 'h' } },
    messaging: { broker: 'kafka' },
  })
})

test('a secret may stand in a file', () => {
  inFile('postgres://a:b@db/shop\n', (file) => {
    expect(settingsOf({ DATABASE_URL_FILE: file })).toEqual({ database: { url: 'postgres://a:b@db/shop' } })
  })
  expect(() => settingsOf({ DATABASE_URL_FILE: '/nowhere' })).toThrow(/^DATABASE_URL_FILE names \/nowhere, which cannot be read/)
  expect(() => settingsOf({ DATABASE_URL_FILE: '/nowhere', DATABASE_URL: 'x' })).toThrow('Set DATABASE_URL or DATABASE_URL_FILE, not both.')
})

test('any settings may be given as JSON; single variables win over it', () => {
  const json = '{"server":{"port":1,"address":"::1"},"orders":{"deadlineSeconds":5}}'
  expect(settingsOf({ SPRING_APPLICATION_JSON: json, SERVER_PORT: '2' })).toEqual({
    server: { port: '2', address: '::1' },
    orders: { deadlineSeconds: 5 },
  })
  for (const text of ['{', '[]', '7', 'null']) expect(() => settingsOf({ SPRING_APPLICATION_JSON: text })).toThrow(/must be a JSON object/)
})

test('an instance registers under the host it is given, else where it listens, else the name of its machine', () => {
  expect(advertisedHost('127.0.0.1', '')).toBe('127.0.0.1')
  expect(advertisedHost('0.0.0.0', '')).toBe(hostname())
  expect(advertisedHost('::', '')).toBe(hostname())
  expect(advertisedHost('0.0.0.0', 'orders.internal')).toBe('orders.internal')
})

test('a file of seeds is checked, and its content is in no message', () => {
  const Seed = Type.Array(Type.Object({ sku: Type.String() }))
  const read = (text: string) => inFile(text, (file) => readSeedFile(Seed, 'SEED', { SEED: file }))
  expect(read('[{"sku":"A"}]')).toEqual([{ sku: 'A' }])
  expect(readSeedFile(Seed, 'SEED', {})).toBeUndefined()
  expect(() => read('[{"sku":7}]')).toThrow(/\(SEED\): 0\/sku must be string/)
  expect(() => read('{"password": "secret')).toThrow(/^SEED names .*, which cannot be used: it is not JSON\.$/)
})
