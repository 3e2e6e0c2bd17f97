import { expect, test } from 'vitest'
import type { Report } from './audit.ts'
import { createReportDesk } from './report-desk.ts'

function aDesk() {
  const clock = { ms: 0 }
  const waiting: { atRest: boolean | undefined; resolve(report: Report): void; reject(error: Error): void }[] = []
  const desk = createReportDesk(
    {
      report: (options) => new Promise((resolve, reject) => waiting.push({ atRest: options?.atRest, resolve, reject })),
      check: async () => [],
    },
    { keepMs: 5000, now: () => clock.ms },
  )
  return { clock, waiting, desk }
}

const aReport = (checkedAt: string): Report => ({ checkedAt, atRest: false, orders: 0, holds: true, rules: [], notChecked: [] })
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('all who ask during a check, or within 5 s after it, get the same report', async () => {
  const { clock, waiting, desk } = aDesk()
  const first = [desk.whole(false), desk.whole(false)]
  await turn()
  expect(waiting).toHaveLength(1)
  waiting[0]?.resolve(aReport('first'))
  expect(await Promise.all(first)).toEqual([aReport('first'), aReport('first')])
  clock.ms = 4999
  expect(await desk.whole(false)).toEqual(aReport('first'))
  clock.ms = 5000
  void desk.whole(false)
  await turn()
  expect(waiting).toHaveLength(2)
})

test('different checks run one after the other, and one that fails is not remembered', async () => {
  const { waiting, desk } = aDesk()
  const running = desk.whole(false)
  const atRest = desk.whole(true)
  await turn()
  expect(waiting.map((check) => check.atRest)).toEqual([false])
  waiting[0]?.reject(new Error('no database'))
  await expect(running).rejects.toThrow('no database')
  await turn()
  expect(waiting.map((check) => check.atRest)).toEqual([false, true])
  waiting[1]?.resolve(aReport('at rest'))
  await atRest
  void desk.whole(false)
  await turn()
  expect(waiting.map((check) => check.atRest)).toEqual([false, true, false])
})
