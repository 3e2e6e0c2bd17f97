import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Database, migrateScripts } from './database.ts'
import { ENGINES, type TestDatabase } from './testing.ts'

describe.each(ENGINES)('the database on $name', (engine) => {
  let opened: TestDatabase
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

  test('transactions that lock the same row run one after the other, also when their work waits', async () => {
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

  test('text and numbers come back as they went in', async () => {
    const texts = ['', "it's", '"quoted"', 'back\\slash \\ud83d', 'two\nlines\ttab', '{"a":[1,null]}', '주문 🚚', '{1,2}', 'null']
    await db.transaction(async (tx) => {
      await tx.script('create table notes (id bigint primary key, line text, size bigint)')
      await tx.insert(
        'notes',
        texts.map((line, id) => ({ id, line, size: id % 2 === 0 ? null : Number.MAX_SAFE_INTEGER - id })),
      )
      await tx.insert('notes', [{ id: 100n, line: null, size: -5n }])
    })
    const rows = await db.all<{ line: string; size: number }>('select line, size from notes where id < 100 order by id')
    expect(rows.map((row) => row.line)).toEqual(texts)
    expect(rows.map((row) => row.size)).toEqual(texts.map((_line, id) => (id % 2 === 0 ? null : Number.MAX_SAFE_INTEGER - id)))
    expect(await db.all('select line, size from notes where id = $1', [100n])).toEqual([{ line: null, size: -5 }])
  })

  test('half of a surrogate pair becomes the replacement character', async () => {
    await db.transaction(async (tx) => {
      await tx.insert('things', [{ id: 'half \ud83d', size: 1 }])
      await tx.run('insert into things (id, size) values ($1, $2)', ['other \ude00', 2])
    })
    expect(await db.all('select id from things order by size')).toEqual([{ id: 'half \ufffd' }, { id: 'other \ufffd' }])
  })

  test('counts, sums and comparisons are numbers', async () => {
    await db.transaction((tx) =>
      tx.insert('things', [
        { id: 'a', size: 1 },
        { id: 'b', size: 2 },
      ]),
    )
    expect(
      await db.all(
        'select count(*) as counted, sum(size) as total, avg(size) as mean, max(size) as most, exists (select 1 from things) as is_there from things',
      ),
    ).toEqual([{ counted: 2, total: 3, mean: 1.5, most: 2, is_there: 1 }])
  })

  test('run answers how many rows it changed, and no rows are no statement', async () => {
    const changed = await db.transaction(async (tx) => {
      await tx.insert('things', [])
      await tx.update('things', 'id', [])
      expect(await tx.insertNew('things', 'id', [])).toEqual(new Set())
      await tx.insert(
        'things',
        ['a', 'b', 'c'].map((id) => ({ id, size: 1 })),
      )
      return tx.run('update things set size = 2 where id > $1', ['a'])
    })
    expect(changed).toBe(2)
  })

  test('a set of a thousand rows is one statement', async () => {
    const rows = Array.from({ length: 1000 }, (_row, index) => ({ id: `thing-${index}`, size: index }))
    await db.transaction((tx) => tx.insert('things', rows))
    await db.transaction((tx) =>
      tx.update(
        'things',
        'id',
        rows.map(({ id, size }) => ({ id, size: size * 2 })),
      ),
    )
    expect(await db.all('select sum(size) as total from things')).toEqual([{ total: 999_000 }])
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

  test('a migration that fails leaves nothing behind', async () => {
    const scripts = [
      { name: '001', sql: 'create table log (line text)' },
      { name: '002', sql: 'insert into nowhere values (1)' },
    ]
    await expect(migrateScripts(db, scripts)).rejects.toThrow('nowhere')
    await migrateScripts(db, scripts.slice(0, 1))
    expect(await db.all('select * from log')).toEqual([])
  })

  test('a comment for this engine is code, one for another stays a comment', async () => {
    await db.transaction((tx) => tx.script("insert into things values (/* sqlite: 'sqlite' *//* postgres: 'postgresql' */, 1)"))
    expect(await db.all('select id from things')).toEqual([{ id: engine.name }])
  })

  test('a signal reaches those who listen, until they stop', async () => {
    const heard: string[] = []
    const stop = db.listen('news', (text) => heard.push(text))
    db.listen('other', () => heard.push('other'))
    // What is listened to just now may miss the first signals: they are hints.
    await vi.waitFor(() => {
      db.signal('news', 'first')
      expect(heard).toContain('first')
    })
    const again = Array.from({ length: 5 }, (_text, index) => `again ${index}`)
    for (const text of again) db.signal('news', text)
    await vi.waitFor(() => expect(heard.filter((text) => text !== 'first')).toEqual(again))
    stop()
    const after = new Promise<string>((resolve) => db.listen('after', resolve))
    db.signal('news', 'unheard')
    await vi.waitFor(async () => {
      db.signal('after', 'heard')
      expect(await Promise.race([after, Promise.resolve('nothing')])).toBe('heard')
    })
    expect(heard).not.toContain('unheard')
  })

  test('the leader works until it is stopped, and again after its work has failed', async () => {
    let tries = 0
    const working = Promise.withResolvers<void>()
    const leadership = db.lead('work', async (lost) => {
      tries += 1
      if (tries === 1) throw new Error('not now')
      working.resolve()
      if (!lost.aborted) await once(lost, 'abort')
    })
    await working.promise
    await leadership.stop()
    expect(tries).toBe(2)
  })

  test('closing waits for the transaction that runs', async () => {
    const again = await opened.reopen()
    const started = Promise.withResolvers<void>()
    const writing = again.transaction(async (tx) => {
      await tx.insert('things', [{ id: 'late', size: 1 }])
      started.resolve()
      await new Promise((resolve) => setTimeout(resolve, 50))
      await tx.run('update things set size = 2')
    })
    await started.promise
    const reopened = await opened.reopen()
    await writing
    expect(await reopened.all('select size from things')).toEqual([{ size: 2 }])
  })
})
