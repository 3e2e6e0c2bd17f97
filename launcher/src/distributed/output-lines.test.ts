import { beforeEach, expect, test } from 'vitest'
import { createOutputLines } from './output-lines.ts'

let log: string
let printed: string[]
const sink = {
  write: (text: string) => {
    log += text
  },
  print: (line: string) => printed.push(line),
}

beforeEach(() => {
  log = ''
  printed = []
})

test('every line carries the name, however the pieces are cut', () => {
  const output = createOutputLines('a#1', sink)
  for (const piece of ['one\ntw', 'o', '\nthree\n', 'four']) output.take('stdout', piece)
  expect(log).toBe('[a#1] one\n[a#1] two\n[a#1] three\n')
  output.flush()
  expect(log).toBe('[a#1] one\n[a#1] two\n[a#1] three\n[a#1] four\n')
  expect(printed).toEqual([])
})

test('errors are shown short, and so is everything on stderr', () => {
  const output = createOutputLines('a#1', sink)
  output.take('stdout', '{"level":"info","msg":"fine"}\n{"level":"error","msg":"request failed","err":{"message":"no disk"}}\n')
  output.take('stdout', '{"level":"fatal","msg":"unforeseen error"}\n{"level":"error", not JSON\n')
  output.take('stderr', 'Segmentation fault\n')
  expect(printed).toEqual([
    '[a#1] request failed: no disk',
    '[a#1] unforeseen error',
    '[a#1] {"level":"error", not JSON',
    '[a#1] Segmentation fault',
  ])
})

test('a flood of errors reaches the log, and the terminal only a few of them', () => {
  const output = createOutputLines('a#1', sink)
  for (let line = 0; line < 5000; line++) output.take('stderr', `error ${line}\n`)
  expect(log.split('\n')).toHaveLength(5001)
  expect(printed.length).toBeLessThan(200)
})

test('a line without an end does not grow for ever', () => {
  const output = createOutputLines('a#1', sink)
  for (let piece = 0; piece < 30; piece++) output.take('stdout', 'x'.repeat(100_000))
  expect(log.length).toBeGreaterThan(1_000_000)
})
