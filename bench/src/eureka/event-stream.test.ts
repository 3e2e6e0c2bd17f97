import { expect, test } from 'vitest'
import { createEventParser } from './event-stream.ts'

const STREAM =
  'retry: 2000\n\nid: x:1\nevent: snapshot\ndata: {"much":1}\n\n: keep-alive\n\nid: x:2\nevent: changes\ndata: {"few":2}\n\nid: x:3\nevent: changes\ndata: {"few":3}\n\n'

test.each([1, 2, 5, 17, 1000])('events come whole out of parts of %i characters, a snapshot without its data', (length) => {
  const events: string[][] = []
  const parse = createEventParser((...event) => events.push(event))
  for (let at = 0; at < STREAM.length; at += length) parse(STREAM.slice(at, at + length))
  expect(events).toEqual([
    ['snapshot', ''],
    ['changes', '{"few":2}'],
    ['changes', '{"few":3}'],
  ])
})
