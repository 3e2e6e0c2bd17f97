import { hash } from '@node-rs/argon2'
import { beforeAll, describe, expect, test } from 'vitest'
import { accountsOf } from './accounts.ts'
import { createCredentialCheck, keyOf, parseAuthorization } from './credentials.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

test.each([
  ['Basic', basic('client:secret'), { scheme: 'basic', name: 'client', password: 'secret' }],
  ['a password with colons, percents and other letters', basic('client:a:b%3A%zz é한'), { name: 'client', password: 'a:b%3A%zz é한' }],
  ['a password with spaces at its ends', basic('client: x '), { name: 'client', password: ' x ' }],
  ['an empty password', basic('client:'), { name: 'client', password: '' }],
  ['another case and more spaces', `bASIC   ${Buffer.from('a:b').toString('base64')} `, { name: 'a', password: 'b' }],
  ['a token', 'Bearer abc.DEF-123_~+/=', { scheme: 'bearer', token: 'abc.DEF-123_~+/=' }],
])('%s is read', (_what, header, credentials) => {
  expect(parseAuthorization(header)).toMatchObject(credentials)
})

test.each([
  '',
  'Basic',
  'Basic ',
  'Basic !!!',
  basic('no colon'),
  'Basic abc-_',
  'Digest username="a"',
  'Bearer',
  'Bearer a b',
  'client:secret',
])('"%s" is no credentials', (header) => {
  expect(parseAuthorization(header)).toBeUndefined()
})

const plain = { token: '', may: [] }

describe('plain secrets', () => {
  const accounts = accountsOf([
    { ...plain, name: 'client', password: 'a:b%c' },
    { ...plain, name: 'robot', password: '', token: 'a-token-of-some-length' },
    { ...plain, name: 'spring', password: '{noop}$argon2id' },
  ])
  const find = (header: string) => {
    const found = createCredentialCheck({ accounts }).find(header, keyOf(header))
    return found instanceof Promise || typeof found === 'string' ? found : found.name
  }

  test('lead to their account at once', () => {
    expect(find(basic('client:a:b%c'))).toBe('client')
    expect(find('Bearer a-token-of-some-length')).toBe('robot')
    expect(find(basic('spring:$argon2id'))).toBe('spring')
  })

  test.each([
    'client:a:b%d',
    'client:a:b%c ',
    'client:',
    'CLIENT:a:b%c',
    'nobody:a:b%c',
    ':',
    'robot:',
    'robot:a-token-of-some-length',
    '__proto__:x',
  ])('"%s" is wrong', (text) => {
    expect(find(basic(text))).toBe('wrong')
  })

  test('a token is not a password, nor the other way round', () => {
    expect(find('Bearer a:b%c')).toBe('wrong')
    expect(find('Bearer a-token-of-some-lengt')).toBe('wrong')
  })
})

describe('hashed passwords', () => {
  let phc: string
  beforeAll(async () => {
    phc = await hash('secret', { memoryCost: 1024, timeCost: 1 })
  })
  const check = (options = {}) =>
    createCredentialCheck({
      ...options,
      accounts: accountsOf([
        { ...plain, name: 'client', password: phc },
        { ...plain, name: 'spring', password: `{argon2@SpringSecurity_v5_8}${phc}` },
      ]),
    })

  test('are verified, once for all who ask at the same time, and then remembered', async () => {
    const credentials = check()
    const header = basic('client:secret')
    const key = keyOf(header)
    const first = credentials.find(header, key)
    expect(credentials.find(header, key)).toBe(first)
    expect(await first).toMatchObject({ name: 'client' })
    expect(credentials.known(key)).toMatchObject({ name: 'client' })
    expect(await credentials.find(basic('spring:secret'), 'k')).toMatchObject({ name: 'spring' })
  })

  test('wrong ones and unknown names are remembered as wrong', async () => {
    const credentials = check()
    for (const text of ['client:wrong', 'nobody:secret']) {
      const key = keyOf(basic(text))
      expect(await credentials.find(basic(text), key)).toBe('wrong')
      expect(credentials.known(key)).toBe('wrong')
    }
  })

  test('more than may wait are told to ask again, and are not remembered', async () => {
    const credentials = check({ maxWaiting: 1 })
    const first = credentials.find(basic('client:wrong'), 'a')
    expect(credentials.find(basic('client:secret'), 'b')).toBe('busy')
    expect(credentials.known('b')).toBeUndefined()
    await first
    expect(await credentials.find(basic('client:secret'), 'b')).toMatchObject({ name: 'client' })
  })
})

test('only the last so many are remembered', () => {
  const credentials = createCredentialCheck({ accounts: accountsOf([{ ...plain, name: 'a', password: 'b' }]), maxRemembered: 2 })
  for (const key of ['1', '2', '3']) {
    credentials.find(basic(`a:${key}`), key)
    credentials.find(basic('a:b'), `right ${key}`)
  }
  expect(['1', '2', '3'].map(credentials.known)).toEqual([undefined, 'wrong', 'wrong'])
  expect(credentials.known('right 1')).toBeUndefined()
  expect(credentials.known('right 3')).toMatchObject({ name: 'a' })
})

test('what is remembered of a header is not the header', () => {
  const header = basic('client:secret')
  expect(keyOf(header)).toHaveLength(32)
  expect(keyOf(header)).toBe(keyOf(header))
  expect(keyOf(header)).not.toBe(keyOf(`${header} `))
})
