import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Database, migrateScripts } from './database.ts'
import { ENGINES, type TestDatabase } from './testing.ts'

describe.each(ENGINES.filter((engine) => engine.shared))('several processes on $name', (engine) => {
  let opened: TestDatabase
  let one: Database
  let other: Database

  beforeEach(async () => {
    opened = await engine.open()
    one = opened.db
    other = await opened.connect()
    await one.transaction((tx) => tx.script('create table things (id text primary key, size bigint not null)'))
  })
  afterEach(() => opened.remove())

  test('all may migrate at once', async () => {
    const scripts = Array.from({ length: 3 }, (_script, index) => ({
      name: `00${index}`,
      sql: `create table log_${index} (line text); insert into things values ('${index}', 1)`,
    }))
    await Promise.all([one, other, await opened.connect(), await opened.connect()].map((db) => migrateScripts(db, scripts)))
    expect(await one.all('select count(*) as applied from schema_migrations')).toEqual([{ applied: 3 }])
  })

  test('what one has committed the other sees, what it has not the other does not', async () => {
    await one.transaction(async (tx) => {
      await tx.insert('things', [{ id: 'a', size: 1 }])
      expect(await other.all('select id from things')).toEqual([])
    })
    expect(await other.all('select id from things')).toEqual([{ id: 'a' }])
  })

  test('the same new rows are inserted by one of them, in whatever order they come', async () => {
    const rows = Array.from({ length: 200 }, (_row, index) => ({ id: `thing-${index}`, size: 1 }))
    const reversed = rows.toReversed()
    const inserted = await Promise.all(
      [one, other, one, other].map((db, index) => db.transaction((tx) => tx.insertNew('things', 'id', index % 2 === 0 ? rows : reversed))),
    )
    expect(inserted.map((keys) => keys.size).reduce((a, b) => a + b)).toBe(200)
  })

  test('a lock is held to the end of the transaction, and locks of other names are free', async () => {
    const steps: string[] = []
    const held = Promise.withResolvers<void>()
    const first = one.transaction(async (tx) => {
      await tx.lock('purse')
      held.resolve()
      await other.transaction((inner) => inner.lock('another purse'))
      await new Promise((resolve) => setTimeout(resolve, 30))
      steps.push('first')
    })
    await held.promise
    await other.transaction(async (tx) => {
      await tx.lock('purse')
      steps.push('second')
    })
    await first
    expect(steps).toEqual(['first', 'second'])
  })

  test('a signal reaches every process', async () => {
    const heard: string[] = []
    one.listen('news', (text) => heard.push(`one ${text}`))
    other.listen('news', (text) => heard.push(`other ${text}`))
    await vi.waitFor(() => {
      one.signal('news', 'x')
      other.signal('news', 'y')
      expect(new Set(heard)).toEqual(new Set(['one x', 'one y', 'other x', 'other y']))
    })
  })

  test('one leads at a time; the other takes over when it is stopped or closed', async () => {
    const leaders: string[] = []
    const lead = (db: Database, name: string) =>
      db.lead('work', async (lost) => {
        leaders.push(name)
        if (!lost.aborted) await once(lost, 'abort')
        leaders.push(`${name} ended`)
      })
    const first = lead(one, 'one')
    await vi.waitFor(() => expect(leaders).toEqual(['one']))
    const second = lead(other, 'other')
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(leaders).toEqual(['one'])
    await first.stop()
    await vi.waitFor(() => expect(leaders).toEqual(['one', 'one ended', 'other']), 2000)
    const third = lead(one, 'one')
    await other.close()
    await vi.waitFor(() => expect(leaders).toEqual(['one', 'one ended', 'other', 'other ended', 'one']), 2000)
    await Promise.all([second.stop(), third.stop()])
  })

  test('leadership under one name does not hinder another name', async () => {
    const leading = await Promise.all(
      ['sweep', 'relay'].map(async (name, index) => {
        const leads = Promise.withResolvers<void>()
        const leadership = (index === 0 ? one : other).lead(name, async (lost) => {
          leads.resolve()
          if (!lost.aborted) await once(lost, 'abort')
        })
        await leads.promise
        return leadership
      }),
    )
    await Promise.all(leading.map((leadership) => leadership.stop()))
  })
})
