import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPlaceholderResolver } from './placeholders.ts'

const values: Record<string, unknown> = { host: 'db', port: 5432, url: `\${host}:\${port}`, 'env.name': 'host', maxWait: 3, empty: '' }
const resolve = createPlaceholderResolver((path) => values[path])

test.each([
  ['plain', 'plain'],
  [`\${host}`, 'db'],
  [`x \${url} y`, 'x db:5432 y'],
  [`\${ host }`, 'db'],
  [`\${max-wait}`, '3'],
  [`\${nope:a:b}`, 'a:b'],
  [`\${nope:}`, ''],
  [`\${empty:x}`, ''],
  [`\${nope:\${host}}`, 'db'],
  [`\${\${env.name}}`, 'db'],
  [`\${nope}`, `\${nope}`],
  [`\${unclosed`, `\${unclosed`],
  [`\\\${host}`, `\${host}`],
])('%s becomes %s', (text, expected) => {
  expect(resolve(text)).toBe(expected)
})

test('keys that refer to each other in a circle are named', () => {
  const circle: Record<string, string> = { a: `\${b}`, b: `x\${a}` }
  expect(() => createPlaceholderResolver((path) => circle[path])(`\${a}`)).toThrow('a -> b -> a')
})

test('placeholders that multiply each other end in an error, not in a full memory', () => {
  const bomb = (path: string) => (path === 'x0' ? 'boom' : `\${x${Number(path.slice(1)) - 1}}`.repeat(10))
  expect(() => createPlaceholderResolver(bomb)(`\${x30}`)).toThrow('grows beyond')
})

test('any text resolves or says why, and text without placeholders stays', () => {
  const text = fc.string({ unit: fc.constantFrom('$', '{', '}', ':', '\\', 'a', 'host') })
  fc.assert(
    fc.property(text, (any) => {
      const resolved = resolve(any)
      if (!any.includes('${')) expect(resolved).toBe(any)
    }),
  )
})
