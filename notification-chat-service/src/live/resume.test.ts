import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterPage, onPush, onRead, type Progress, STARTING, startFrom } from './resume.ts'

test.for([
  ['no offset: from the head on', undefined, { head: 9, oldest: 4 }, 9, false],
  ['an offset that is kept', 5, { head: 9, oldest: 4 }, 5, false],
  ['the offset just before the oldest', 3, { head: 9, oldest: 4 }, 3, false],
  ['an offset whose successor is gone', 2, { head: 9, oldest: 4 }, 9, true],
  ['an offset beyond the head', 10, { head: 9, oldest: 4 }, 9, true],
  ['everything is gone, and missed', 5, { head: 9, oldest: 10 }, 9, true],
  ['everything is gone, and known', 9, { head: 9, oldest: 10 }, 9, false],
  ['an empty topic', 0, { head: 0, oldest: 1 }, 0, false],
] as const)('a subscription starts: %s', ([, after, bounds, sent, gap]) => {
  const start = startFrom(STARTING, after, bounds)
  expect(start).toEqual({ progress: { sent, known: bounds.head, reading: sent < bounds.head }, gap })
})

test('what is pushed while the bounds are asked for is read afterwards', () => {
  const { progress } = onPush(STARTING, 10)
  expect(startFrom(progress, undefined, { head: 9, oldest: 1 }).progress).toEqual({ sent: 9, known: 10, reading: true })
})

test('an empty page is a gap only when what is missing was there before it was asked for', () => {
  const progress: Progress = { sent: 5, known: 6, reading: true }
  expect(afterPage(progress, { rows: 0, limit: 3, knownWhenAsked: 5 })).toEqual({ progress, next: 'read' })
  expect(afterPage(progress, { rows: 0, limit: 3, knownWhenAsked: 6 })).toEqual({ progress, next: 'gap' })
})

type Step = 'commit' | 'push' | 'push late' | 'ask' | 'answer'
const STEPS = fc.array(fc.constantFrom<Step>('commit', 'push', 'push late', 'ask', 'answer'), { maxLength: 200 })
const PAGE = 3

/** A topic and one subscription to it, moved step by step in any order. */
function createModel(after: number | undefined, before: number) {
  const out: number[] = []
  let head = before
  let pushes: number[] = []
  let progress: Progress = STARTING
  let started = false
  let answer: (() => void) | undefined

  function ask() {
    if (answer || !progress.reading) return
    const seenHead = head
    if (!started) {
      answer = () => {
        started = true
        progress = startFrom(progress, after, { head: seenHead, oldest: 1 }).progress
      }
      return
    }
    const knownWhenAsked = progress.known
    const first = progress.sent + 1
    const page = Array.from({ length: Math.max(0, Math.min(PAGE, seenHead - progress.sent)) }, (_, index) => first + index)
    answer = () => take(page, knownWhenAsked)
  }

  function take(page: number[], knownWhenAsked: number) {
    for (const offset of page) {
      const read = onRead(progress, offset)
      expect(read.hole).toBe(false)
      progress = read.progress
      out.push(offset)
    }
    const verdict = afterPage(progress, { rows: page.length, limit: PAGE, knownWhenAsked })
    expect(verdict.next).not.toBe('gap')
    progress = verdict.progress
  }

  function push(offset: number | undefined) {
    if (offset === undefined) return
    const judged = onPush(progress, offset)
    progress = judged.progress
    if (judged.verdict === 'send') out.push(offset)
  }

  const steps: Record<Step, () => void> = {
    commit: () => pushes.push(++head),
    push: () => push(pushes.shift()),
    'push late': () => push(pushes.pop()),
    ask,
    answer: () => {
      const arrived = answer
      answer = undefined
      arrived?.()
    },
  }
  return {
    do: (step: Step) => steps[step](),
    /** Lets everything that is under way arrive. */
    settle() {
      for (const offset of pushes) push(offset)
      pushes = []
      while (progress.reading) {
        ask()
        steps.answer()
      }
      return { out, head, sent: progress.sent }
    },
  }
}

test('whatever the order of commits, late pushes and readings: each offset above `after` once, in order', () => {
  fc.assert(
    fc.property(fc.nat(10), fc.nat(10), STEPS, (before, asked, steps) => {
      const after = Math.min(asked, before)
      const model = createModel(after, before)
      for (const step of steps) model.do(step)
      const { out, head } = model.settle()
      expect(out).toEqual(Array.from({ length: head - after }, (_, index) => after + 1 + index))
    }),
    { numRuns: 10_000 },
  )
})

test('without `after`, what goes out is a run without holes that ends at the head', () => {
  fc.assert(
    fc.property(fc.nat(10), STEPS, (before, steps) => {
      const model = createModel(undefined, before)
      for (const step of steps) model.do(step)
      const { out, head, sent } = model.settle()
      expect(sent).toBe(head)
      expect(out).toEqual(Array.from({ length: out.length }, (_, index) => head - out.length + 1 + index))
    }),
    { numRuns: 2000 },
  )
})
