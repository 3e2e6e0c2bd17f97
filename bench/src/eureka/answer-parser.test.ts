import { expect, test } from 'vitest'
import { createAnswerParser } from './answer-parser.ts'

/** Everything that a parser answers when it gets a text in parts of this many bytes. */
function parse(text: string, partBytes: number, keepBodies = true) {
  const parser = createAnswerParser({ keepBodies })
  const bytes = Buffer.from(text)
  const answers = []
  for (let at = 0; at < bytes.length; at += partBytes) {
    const part = bytes.subarray(at, at + partBytes)
    const answer = parser.take(part, part.length)
    if (answer) answers.push({ ...answer, body: answer.body.toString() })
  }
  return { answers, isUnderWay: parser.isUnderWay() }
}

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKS = 'HTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n'
const NOTHING = 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'

test.each([1, 2, 3, 7, 1000])('an answer is read in parts of %i bytes', (partBytes) => {
  expect(parse(LENGTH, partBytes)).toEqual({
    answers: [{ status: 200, closes: false, bodyBytes: 5, body: 'hello' }],
    isUnderWay: false,
  })
  expect(parse(CHUNKS, partBytes)).toEqual({
    answers: [{ status: 404, closes: false, bodyBytes: 21, body: 'hello0123456789abcdef' }],
    isUnderWay: false,
  })
  expect(parse(NOTHING, partBytes)).toEqual({ answers: [{ status: 204, closes: true, bodyBytes: 0, body: '' }], isUnderWay: false })
})

test('one answer after the other is read on the same connection', () => {
  const { answers } = parse(CHUNKS + LENGTH + CHUNKS, 1)
  expect(answers.map(({ status, bodyBytes }) => [status, bodyBytes])).toEqual([
    [404, 21],
    [200, 5],
    [404, 21],
  ])
})

test('bodies are counted even when they are not kept', () => {
  expect(parse(CHUNKS, 4, false).answers).toEqual([{ status: 404, closes: false, bodyBytes: 21, body: '' }])
})

test('half an answer is under way', () => {
  expect(parse(LENGTH.slice(0, 20), 20)).toEqual({ answers: [], isUnderWay: true })
  expect(parse(LENGTH.slice(0, -1), 20)).toEqual({ answers: [], isUnderWay: true })
})
