import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, migrateScripts } from './database.ts'
import { toSqlite } from './sqlite.ts'
import { ENGINES } from './testing.ts'

describe.each(ENGINES)('the database on $name', (engine) => {
  let opened: Awaited<ReturnType<typeof engine.open>>
  let db: Database

  beforeEach(async () => {
    opened = await engine.open()
    db = opened.db
    await db.transaction((tx) => tx.script('create table things (id text primary key, size bigint not null, check (size >= 0))'))
  })
  afterEach(() => opened.remove())

  test('what a transaction wrote is there after it was committed, also after the database is opened again', async () => {
    await db.transaction((tx) => tx.insert('things', [{ id: 'a', size: 1 }]))
    const again = await opened.reopen()
    expect(await again.all('select id, size from things')).toEqual([{ id: 'a', size: 1 }])
  })

  test('a transaction that fails changes nothing and runs no callback', async () => {
    let called = false
    const failing = db.transaction(async (tx) => {
      tx.afterCommit(() => {
        called = true
      })
      await tx.insert('things', [{ id: 'a', size: 1 }])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await db.all('select * from things')).toEqual([])
    expect(called).toBe(false)
  })

  test('transactions run one after the other, also when their work waits', async () => {
    await db.transaction((tx) => tx.insert('things', [{ id: 'a', size: 0 }]))
    await Promise.all(
      Array.from({ length: 20 }, () =>
        db.transaction(async (tx) => {
          const [row] = await tx.all<{ size: number }>('select size from things where id = $1 for update', ['a'])
          await new Promise((resolve) => setImmediate(resolve))
          await tx.run('update things set size = $2 where id = $1', ['a', (row?.size ?? 0) + 1])
        }),
      ),
    )
    expect(await db.all('select size from things')).toEqual([{ size: 20 }])
  })

  test('transactions resolve and call back in the order of their commits, also those that only read', async () => {
    const order: string[] = []
    const note = (name: string, write: boolean) =>
      db.transaction(async (tx) => {
        tx.afterCommit(() => order.push(name))
        if (write) await tx.insert('things', [{ id: name, size: 1 }])
        else await tx.all('select 1')
      })
    await Promise.all(Array.from({ length: 50 }, (_note, index) => note(String(index), index % 3 !== 0)))
    expect(order).toEqual(Array.from({ length: 50 }, (_note, index) => String(index)))
  })

  test('insertNew answers the keys that were new', async () => {
    await db.transaction((tx) => tx.insert('things', [{ id: 'a', size: 1 }]))
    const rows = ['a', 'b', 'b', 'c'].map((id) => ({ id, size: 2 }))
    const inserted = await db.transaction((tx) => tx.insertNew('things', 'id', rows))
    expect([...inserted]).toEqual(['b', 'c'])
    expect(await db.all('select size from things where id = $1', ['a'])).toEqual([{ size: 1 }])
  })

  test('update sets the columns of the rows with these keys and of no others', async () => {
    await db.transaction((tx) =>
      tx.insert(
        'things',
        ['a', 'b', 'c'].map((id) => ({ id, size: 1 })),
      ),
    )
    await db.transaction((tx) =>
      tx.update('things', 'id', [
        { id: 'a', size: 7 },
        { size: 8, id: 'c' },
        { id: 'nobody', size: 9 },
      ]),
    )
    expect(await db.all('select size from things order by id')).toEqual([{ size: 7 }, { size: 1 }, { size: 8 }])
  })

  test('rows of a JSON parameter can be joined, and null stays null', async () => {
    await db.transaction((tx) => tx.insert('things', [{ id: 'a', size: 5 }]))
    const rows = await db.all(
      'select r.id, r.note, t.size from jsonb_to_recordset($1) as r(id text, note text) left join things t on t.id = r.id order by r.id',
      [
        JSON.stringify([
          { id: 'a', note: null },
          { id: 'b', note: "it's" },
        ]),
      ],
    )
    expect(rows).toEqual([
      { id: 'a', note: null, size: 5 },
      { id: 'b', note: "it's", size: null },
    ])
  })

  test('a broken rule of the schema is a conflict and undoes the whole transaction', async () => {
    const breaking = db.transaction(async (tx) => {
      await tx.insert('things', [{ id: 'a', size: 1 }])
      await tx.insert('things', [{ id: 'b', size: -1 }])
    })
    await expect(breaking).rejects.toMatchObject({ code: 'conflict', problem: 'constraint' })
    expect(await db.all('select * from things')).toEqual([])
  })

  test('each migration runs once, in order', async () => {
    const scripts = [
      { name: '001', sql: 'create table log (line text); insert into log values (1)' },
      { name: '002', sql: 'insert into log values (2)' },
    ]
    await migrateScripts(db, scripts.slice(0, 1))
    await migrateScripts(db, scripts)
    await migrateScripts(db, scripts)
    expect(await db.all('select line from log order by line')).toEqual([{ line: '1' }, { line: '2' }])
  })
})

test('only what SQLite spells differently is rewritten', () => {
  expect(toSqlite('select a from t where b = $1 and c = $12 for update')).toBe('select a from t where b = ?1 and c = ?12')
  expect(toSqlite('select r.a from jsonb_to_recordset($1) as r(a text,\n b bigint)')).toBe(
    "select r.a from (select value ->> '$.a' as a, value ->> '$.b' as b from json_each(?1)) as r",
  )
})
