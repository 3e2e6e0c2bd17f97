import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRequestTarget } from './request-target.ts'

test.each([
  '/',
  '/api/orders',
  '/api/orders/',
  '/api/products/85123A',
  '/a.b/..c/c../...',
  "/a~b_c-d/!$&'()*+,=:@",
  '/%ED%95%9C%EA%B5%AD/%20',
])('the path %s passes as it is', (path) => {
  expect(parseRequestTarget(path, 'shop').path).toBe(path)
})

test.each([
  '',
  'api/orders',
  '//evil.example/x',
  '/api//orders',
  '/api/orders//',
  '/api/../actuator',
  '/api/..',
  '/..',
  '/.',
  '/api/./orders',
  '/api/%2e%2e/actuator',
  '/api/%2E./actuator',
  '/api/.%2e/actuator',
  '/api/..;/actuator',
  '/api/..%2factuator',
  '/api%2factuator',
  '/api%2Factuator',
  '/api/..%5cactuator',
  '/api\\..\\actuator',
  '/api/%00',
  '/api/%0d%0ax',
  '/api/%7f',
  '/api/%252e%252e/actuator',
  '/api/%c0%ae%c0%ae/actuator',
  '/api/%zz',
  '/api/%',
  '/api/%4',
  '/api/<script>',
  '/api/"',
  '/api/{x}',
  '/api/a b',
  '/api/\u00e9',
  '/api/#x',
])('the path %j is refused', (path) => {
  expect(() => parseRequestTarget(path, 'shop')).toThrow()
})

test('the query is kept raw and is no part of the path', () => {
  const target = parseRequestTarget('/api/products?q=%2e%2e/&x=/../y', 'shop')
  expect(target).toEqual({ path: '/api/products', query: '?q=%2e%2e/&x=/../y', segments: ['api', 'products'] })
})

test('the absolute form must name this host', () => {
  expect(parseRequestTarget('http://shop:8080/api/orders?x=1', 'shop:8080').path).toBe('/api/orders')
  expect(parseRequestTarget('http://shop:8080', 'shop:8080').path).toBe('/')
  expect(() => parseRequestTarget('http://evil.example/api/orders', 'shop:8080')).toThrow('another host')
})

test('an address above 8 KB is refused', () => {
  expect(() => parseRequestTarget(`/${'a'.repeat(8192)}`, 'shop')).toThrow('longer than')
})

test('no path that passes changes when it is normalised, however often it is decoded', () => {
  const piece = fc.constantFrom(
    '.',
    '..',
    '/',
    '//',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '\\',
    ';',
    '%25',
    '%',
    'a',
    'api',
    'actuator',
    '%00',
    '%41',
    '\t',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const path = `/${pieces.join('')}`
      if (isRefused(path)) return
      let decoded = path
      for (let round = 0; round < 3; round++) {
        expect(new URL(`http://shop${decoded}`).pathname.split('/').length).toBe(path.split('/').length)
        decoded = decodeURIComponent(decoded)
      }
      expect(decoded).not.toMatch(/\/\.\.?(\/|$)|\\|\/\/|%/)
    }),
    { numRuns: 20_000 },
  )
})

test('no text makes the check throw anything but its refusal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      try {
        const { segments } = parseRequestTarget(text, 'shop')
        expect(segments.some((segment) => segment === '.' || segment === '..' || segment.includes('/'))).toBe(false)
      } catch (error) {
        expect(error).toHaveProperty('status')
      }
    }),
  )
})

function isRefused(path: string): boolean {
  try {
    parseRequestTarget(path, 'shop')
    return false
  } catch {
    return true
  }
}
