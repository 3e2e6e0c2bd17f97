import fc from 'fast-check'
import { expect, test } from 'vitest'
import { doubleJson, readPlainScalar } from './yaml-scalar.ts'

// The table of the specification, section 4.2: every line was observed on Spring's own server.
test.each([
  ['yes', 'true'],
  ['No', 'false'],
  ['ON', 'true'],
  ['off', 'false'],
  ['True', 'true'],
  ['~', '""'],
  ['null', '""'],
  ['NULL', '""'],
  ['', '""'],
  ['1_000', '1000'],
  ['1__0', '10'],
  ['+1', '1'],
  ['-0', '0'],
  ['010', '8'],
  ['0777', '511'],
  ['0_7', '7'],
  ['00', '0'],
  ['0x1F', '31'],
  ['0x_1F', '31'],
  ['-0x1f', '-31'],
  ['0b101', '5'],
  ['-0b11', '-3'],
  ['1:30', '90'],
  ['12:30:45', '45045'],
  ['190:20:30', '685230'],
  ['-1:30', '-90'],
  ['12345678901234567890', '12345678901234567890'],
  ['1.5', '1.5'],
  ['.5', '0.5'],
  ['-.5', '-0.5'],
  ['5.', '5.0'],
  ['1_000.5', '1000.5'],
  ['1.1_1', '1.11'],
  ['1e3', '1000.0'],
  ['1E+3', '1000.0'],
  ['1e-3', '0.001'],
  ['1.e3', '1000.0'],
  ['.1e3', '100.0'],
  ['12e03', '12000.0'],
  ['1:30:30.5', '5430.5'],
  ['.inf', '"Infinity"'],
  ['-.INF', '"-Infinity"'],
  ['.NaN', '"NaN"'],
  ['1e400', '"Infinity"'],
  ['3.0', '3.0'],
  ['1e7', '1.0E7'],
  ['0.0001', '1.0E-4'],
  ['1.25e-7', '1.25E-7'],
])('%s is %s', (source, json) => {
  expect(readPlainScalar(source)).toMatchObject({ json })
})

test.each([
  'y',
  'N',
  'yEs',
  'tRue',
  'nUll',
  '0o7',
  '0X1F',
  '0B1',
  '08',
  '019',
  '089',
  '_1',
  '1:60',
  '0:30',
  '01:30',
  '1,000',
  '0x',
  '0b',
  '1e',
  '1.2.3',
  '.',
  '2001-12-14',
  '2001-12-14T21:59:43.10-05:00',
  '=',
  'v1',
])('%s is text', (source) => {
  expect(readPlainScalar(source)).toEqual({ kind: 'text' })
})

test('a double reads back as the same double, and always shows that it is one', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const json = doubleJson(value)
      expect(JSON.parse(json)).toBe(value)
      expect(json).toMatch(/[.]/)
    }),
  )
})
