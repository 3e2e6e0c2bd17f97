import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEventStreamReader, type ServerEvent } from './event-stream.ts'

const TEXT =
  '\uFEFFretry: 2000\r\n\r\nid: e:17\nevent: snapshot\ndata: {"a":\ndata: 1}\n\n: keep-alive\n\rid: e:18\revent:changes\rdata:x\r\rdata\n\nevent: lost\n\n'
const EVENTS: ServerEvent[] = [
  { type: 'snapshot', id: 'e:17', data: '{"a":\n1}' },
  { type: 'changes', id: 'e:18', data: 'x' },
  { type: 'message', id: 'e:18', data: '' },
]

test('events are read whatever line ends they have and wherever the text is cut', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(TEXT.length), { maxLength: 20 }), (cuts) => {
      const ends = [...cuts.sort((one, other) => one - other), TEXT.length]
      const pieces = ends.map((end, index) => TEXT.slice(ends[index - 1] ?? 0, end))
      expect(read(pieces)).toEqual({ events: EVENTS, retries: [2000] })
    }),
  )
})

test('an event without an end is not an event, and one without bound is an error', () => {
  expect(read(['data: x\n']).events).toEqual([])
  expect(() => read(['data: 12345\n', 'data: 67890\n'], 10)).toThrow('longer than 10 characters')
  expect(() => read(['data: 12345', '678901234'], 10)).toThrow('longer than 10 characters')
})

function read(pieces: string[], maxEventLength = 1000) {
  const events: ServerEvent[] = []
  const retries: number[] = []
  const reader = createEventStreamReader({ onEvent: (event) => events.push(event), onRetry: (ms) => retries.push(ms), maxEventLength })
  for (const piece of pieces) reader.take(piece)
  return { events, retries }
}
