import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite, toSqlite } from './sqlite.ts'

test('transactions resolve and call back in the order of their commits, also those that only read', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'order-flow-'))
  const db = openSqlite(join(dir, 'test.db'))
  await db.transaction((tx) => tx.script('create table things (id text primary key, size bigint not null)'))
  const order: string[] = []
  const note = (name: string, write: boolean) =>
    db.transaction(async (tx) => {
      tx.afterCommit(() => order.push(name))
      if (write) await tx.insert('things', [{ id: name, size: 1 }])
      else await tx.all('select 1')
    })
  await Promise.all(Array.from({ length: 50 }, (_note, index) => note(String(index), index % 3 !== 0)))
  expect(order).toEqual(Array.from({ length: 50 }, (_note, index) => String(index)))
  await db.close()
  rmSync(dir, { recursive: true })
})

test('only what SQLite spells differently is rewritten', () => {
  expect(toSqlite('select a from t where b = $1 and c = $12 for update')).toBe('select a from t where b = ?1 and c = ?12')
  expect(toSqlite('select r.a from jsonb_to_recordset($1) as r(a text,\n b bigint)')).toBe(
    "select r.a from (select value ->> '$.a' as a, value ->> '$.b' as b from json_each(?1)) as r",
  )
})
