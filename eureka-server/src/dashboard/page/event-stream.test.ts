import { expect, test } from 'vitest'
import { createEventParser, type StreamEvent } from './event-stream.js'

const TEXT = 'retry: 2000\n\nid: a:1\nevent: snapshot\ndata: {"a":"b: c"}\n\n: keep-alive\n\nid: a:2\nevent: changes\ndata: {}\n\n'
const EVENTS = [
  { id: 'a:1', event: 'snapshot', data: '{"a":"b: c"}' },
  { id: 'a:2', event: 'changes', data: '{}' },
]

test.each([1, 2, 3, 7, TEXT.length])('events are read from pieces of %i characters', (length) => {
  const events: StreamEvent[] = []
  const parse = createEventParser((event) => events.push(event))
  for (let start = 0; start < TEXT.length; start += length) parse(TEXT.slice(start, start + length))
  expect(events).toEqual(EVENTS)
})

test('what has no end yet is no event', () => {
  const events: StreamEvent[] = []
  const parse = createEventParser((event) => events.push(event))
  parse('id: a:1\nevent: snapshot\ndata: {}\n')
  expect(events).toEqual([])
  parse('\n')
  expect(events).toHaveLength(1)
})
