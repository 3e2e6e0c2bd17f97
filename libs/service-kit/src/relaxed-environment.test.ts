import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { CommonConfig } from './common-config.ts'
import { relaxedSettings } from './relaxed-environment.ts'

const schema = Type.Intersect([
  CommonConfig,
  Type.Object({
    name: Type.String(),
    eureka: Type.Object({
      server: Type.Object({ enableSelfPreservation: Type.Boolean(), retentionTimeInMSInDeltaQueue: Type.Optional(Type.Integer()) }),
    }),
  }),
])

test.each([['EUREKA_SERVER_ENABLE_SELF_PRESERVATION'], ['EUREKA_SERVER_ENABLESELFPRESERVATION']])(
  '%s sets the key in either of Spring’s spellings',
  (name) => {
    expect(relaxedSettings(schema, { [name]: 'false' })).toEqual({ eureka: { server: { enableSelfPreservation: 'false' } } })
  },
)

test('keys of all parts of a configuration can be set, optional ones, maps and lists, too', () => {
  const env = {
    SERVER_PORT: '8762',
    EUREKA_CLIENT_SERVICEURL_DEFAULTZONE: 'http://a/eureka',
    EUREKA_SERVER_RETENTION_TIME_IN_M_S_IN_DELTA_QUEUE: '1000',
    MESSAGING_GROUPS: 'a, b',
    PATH: '/bin',
    NAME: 'not ours',
    EUREKA_SERVER_UNKNOWN: 'x',
    server_address: 'not upper case',
  }
  expect(relaxedSettings(schema, env)).toEqual({
    server: { port: '8762' },
    eureka: { client: { serviceUrl: { defaultZone: 'http://a/eureka' } }, server: { retentionTimeInMSInDeltaQueue: '1000' } },
    messaging: { groups: ['a', 'b'] },
  })
})

test('a value may stand in a file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'relaxed-')), 'url')
  writeFileSync(file, 'postgres://secret\n')
  expect(relaxedSettings(schema, { DATABASE_URL_FILE: file })).toEqual({ database: { url: 'postgres://secret' } })
})

test('two variables for one key are refused, naming both', () => {
  const env = { EUREKA_SERVER_ENABLE_SELF_PRESERVATION: 'true', EUREKA_SERVER_ENABLESELFPRESERVATION: 'false' }
  expect(() => relaxedSettings(schema, env)).toThrow(
    'Set EUREKA_SERVER_ENABLESELFPRESERVATION or EUREKA_SERVER_ENABLE_SELF_PRESERVATION, not both',
  )
})
