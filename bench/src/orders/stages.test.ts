import { expect, test } from 'vitest'
import { readStages } from './stages.ts'

const START = Date.parse('2026-01-05T10:00:00.000Z')
const at = (ms: number) => new Date(START + ms).toISOString()
/** A UUIDv7 of that time. */
const idAt = (ms: number) => {
  const hex = (START + ms).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

const SAMPLE = { orderId: 'o1', dueMs: 1000, answeredMs: 1012, toldMs: 1070, offset: 5 }
const ROW = { id: 'o1', placed_at: at(4), payment_id: idAt(20), settled_at: at(25), decided_at: at(40), stored_at: at(60) }
const wallMs = (monotonicMs: number) => START - 1000 + monotonicMs

test('each stage lasts until the next moment, and together they last as long as the order', async () => {
  const stages = await readStages({ all: async <Row>() => [ROW] as Row[] }, [SAMPLE], wallMs)
  const medians = Object.fromEntries(Object.entries(stages ?? {}).map(([name, { p50 }]) => [name, Math.round(p50 ?? -1)]))
  expect(medians).toEqual({ receive: 4, publish: 16, pay: 5, confirm: 15, store: 20, push: 10, accept: 12, total: 70 })
})

test('the orders are asked for by id, with the offset of what told of them', async () => {
  const asked: unknown[] = []
  const all = async <Row>(_sql: string, [rows = '']: readonly string[]) => {
    asked.push(JSON.parse(rows))
    return [] as Row[]
  }
  expect(await readStages({ all }, [SAMPLE], wallMs)).toBeUndefined()
  expect(asked).toEqual([[{ id: 'o1', offset: 5 }]])
})
