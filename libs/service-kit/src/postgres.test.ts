import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Database } from './database.ts'
import { asAdministrator, findPostgresEngine, openTestPostgres } from './testing-postgres.ts'

const engine = await findPostgresEngine()

describe.skipIf(!engine)('PostgreSQL', () => {
  let opened: Awaited<ReturnType<typeof openTestPostgres>>
  let db: Database

  beforeEach(async () => {
    opened = await openTestPostgres({ poolSize: 3, statementTimeoutMs: 2000 })
    db = opened.db
    await db.transaction(async (tx) => {
      await tx.script('create table things (id text primary key, size bigint not null, check (size >= 0))')
      await tx.insert(
        'things',
        ['a', 'b', 'c'].map((id) => ({ id, size: 1 })),
      )
    })
  })
  afterEach(() => opened.remove())

  const sizes = async () => (await db.all<{ size: number }>('select size from things order by id')).map((row) => row.size)
  const endBackends = () =>
    asAdministrator(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${opened.schema}'`)

  test('a deadlock is dissolved: both transactions take effect, each calls back once', async () => {
    let called = 0
    let tries = 0
    let locked = 0
    const bothHaveOne = Promise.withResolvers<void>()
    const grow = (ids: string[]) =>
      db.transaction(async (tx) => {
        tries += 1
        tx.afterCommit(() => {
          called += 1
        })
        for (const id of ids) {
          await tx.run('update things set size = size + 1 where id = $1', [id])
          locked += 1
          if (locked === 2) bothHaveOne.resolve()
          await bothHaveOne.promise
        }
      })
    await Promise.all([grow(['a', 'b']), grow(['b', 'a'])])
    expect(await sizes()).toEqual([3, 3, 1])
    expect({ called, tries }).toEqual({ called: 2, tries: 3 })
  })

  test('a serialization failure is tried again', async () => {
    let tries = 0
    await db.transaction(async (tx) => {
      tries += 1
      await tx.run('set transaction isolation level repeatable read')
      const [row] = await tx.all<{ size: number }>("select size from things where id = 'a'")
      if (tries === 1) await db.transaction((other) => other.run("update things set size = 10 where id = 'a'"))
      await tx.run("update things set size = $1 where id = 'a'", [(row?.size ?? 0) + 1])
    })
    expect(tries).toBe(2)
    expect((await sizes())[0]).toBe(11)
  })

  test('work that always deadlocks gives up as unavailable', async () => {
    let tries = 0
    const failing = db.transaction(async (tx) => {
      tries += 1
      await tx.script("do $$ begin raise exception 'again' using errcode = '40P01'; end $$")
    })
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' })
    expect(tries).toBe(8)
  })

  test('a transaction of which a statement failed is not committed, also when its work went on', async () => {
    const careless = db.transaction(async (tx) => {
      await tx.run("update things set size = 5 where id = 'a'")
      await tx.run("update things set size = -1 where id = 'b'").catch(() => undefined)
    })
    await expect(careless).rejects.toMatchObject({ code: 'conflict', problem: 'constraint' })
    expect(await sizes()).toEqual([1, 1, 1])
  })

  test('what is not in a transaction cannot write', async () => {
    await expect(db.all("update things set size = 5 where id = 'a' returning id")).rejects.toThrow('read-only')
    expect(await sizes()).toEqual([1, 1, 1])
  })

  test('a transaction that is over takes no more statements', async () => {
    const tx = await db.transaction(async (inner) => inner)
    await expect(tx.run("update things set size = 5 where id = 'a'")).rejects.toThrow('The transaction is over')
  })

  test('a connection that is lost in a transaction undoes it; the next one works', async () => {
    const losing = db.transaction(async (tx) => {
      await tx.run("update things set size = 5 where id = 'a'")
      await endBackends()
      await tx.run("update things set size = 6 where id = 'a'")
    })
    await expect(losing).rejects.toMatchObject({ code: 'unavailable' })
    expect(await sizes()).toEqual([1, 1, 1])
  })

  test('work that waits for something else ends too when its connection is lost', async () => {
    const hanging = db.transaction(async (tx) => {
      await tx.run("update things set size = 5 where id = 'a'")
      await endBackends()
      await new Promise(() => undefined)
    })
    await expect(hanging).rejects.toMatchObject({ code: 'unavailable' })
    expect(await sizes()).toEqual([1, 1, 1])
  })

  test('a statement that takes too long is unavailable, and the connection goes on', async () => {
    await expect(db.all('select pg_sleep(10)')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await sizes()).toEqual([1, 1, 1])
  })

  test('so is one that waits too long for a lock', async () => {
    const patient = await opened.connect({ statementTimeoutMs: 20_000 })
    await patient.transaction(async (tx) => {
      await tx.run("update things set size = 5 where id = 'a'")
      const waiting = db.transaction((other) => other.run("update things set size = 6 where id = 'a'"))
      await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
    })
    await db.transaction((tx) => tx.run("update things set size = size + 1 where id = 'a'"))
    expect(await sizes()).toEqual([6, 1, 1])
  })

  test('work that forgets its transaction is cut off, and its locks are free', async () => {
    const forgetting = db.transaction(async (tx) => {
      await tx.run("update things set size = 5 where id = 'a'")
      await new Promise(() => undefined)
    })
    const waiting = db.transaction((tx) => tx.run("update things set size = 6 where id = 'a'"))
    await expect(forgetting).rejects.toMatchObject({ code: 'unavailable' })
    await waiting.catch(() => db.transaction((tx) => tx.run("update things set size = 6 where id = 'a'")))
    expect(await sizes()).toEqual([6, 1, 1])
  })

  test('a script may take longer than a statement', async () => {
    await db.transaction((tx) => tx.script('select pg_sleep(2.5); insert into things values (1, 1)'))
    expect(await sizes()).toEqual([1, 1, 1, 1])
  })

  test('beyond the pool work waits its turn, and beyond its patience it is unavailable', async () => {
    const impatient = await opened.connect({ poolSize: 1, connectTimeoutMs: 300 })
    const release = Promise.withResolvers<void>()
    const holding = impatient.transaction(async (tx) => {
      await tx.all('select 1')
      await release.promise
    })
    const soon = impatient.all('select 1 as one')
    setTimeout(release.resolve, 100)
    expect(await soon).toEqual([{ one: 1 }])
    await holding

    const never = impatient.transaction(async (tx) => {
      await tx.all('select 1')
      await expect(impatient.all('select 1')).rejects.toThrow('All 1 connections')
    })
    await never
  })

  test('no more than a thousand wait for a connection', async () => {
    const small = await opened.connect({ poolSize: 1, connectTimeoutMs: 25_000 })
    const all = await Promise.allSettled(Array.from({ length: 1100 }, () => small.all('select 1 as one')))
    const refused = all.filter((each) => each.status === 'rejected').map((each) => String(each.reason))
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThanOrEqual(100)
    for (const reason of refused) expect(reason).toContain('1000 wait for a connection')
  })

  test('another instance that changes the tables does not disturb those that run', async () => {
    const other = await opened.connect()
    const read = () => db.transaction((tx) => tx.all('select * from things where id = $1', ['a']))
    for (let times = 0; times < 10; times += 1) await read()
    await other.transaction((tx) => tx.script('alter table things add column note text; alter table things alter column size type integer'))
    expect(await read()).toEqual([{ id: 'a', size: 1, note: null }])
    await db.transaction((tx) => tx.insert('things', [{ id: 'd', size: 2, note: 'x' }]))
  })

  test('the character U+0000 is refused with a sentence', async () => {
    const message = 'Text must not contain the character U+0000.'
    await expect(db.transaction((tx) => tx.insert('things', [{ id: 'a\u0000b', size: 1 }]))).rejects.toMatchObject({
      code: 'invalid',
      message,
    })
    await expect(db.transaction((tx) => tx.run('delete from things where id = $1', ['a\u0000b']))).rejects.toMatchObject({
      code: 'invalid',
    })
  })

  test('a number that JavaScript cannot hold is an error, not another number', async () => {
    await expect(db.all('select 9007199254740993 as big')).rejects.toThrow('too large')
  })

  test('locks, signals and settings stay within this schema', async () => {
    const elsewhere = await openTestPostgres()
    try {
      await db.transaction(async (tx) => {
        await tx.lock('purse')
        await elsewhere.db.transaction((other) => other.lock('purse'))
      })
      expect(await db.all("select current_setting('synchronous_commit') as durable")).toEqual([{ durable: 'on' }])
    } finally {
      await elsewhere.remove()
    }
  })

  test('the leader hands over when its connection is lost, and knows it', async () => {
    const other = await opened.connect()
    const events: string[] = []
    const lead = (of: Database, name: string) =>
      of.lead('work', async (lost) => {
        events.push(name)
        if (!lost.aborted) await new Promise((resolve) => lost.addEventListener('abort', resolve))
        events.push(`${name} lost`)
      })
    const first = lead(db, 'first')
    await vi.waitFor(() => expect(events).toEqual(['first']))
    const second = lead(other, 'second')
    await endBackends()
    await vi.waitFor(() => expect(events).toEqual(['first', 'first lost', expect.stringMatching(/^(first|second)$/)]), 3000)
    await Promise.all([first.stop(), second.stop()])
  })

  test('signals are heard again after the connection was lost', async () => {
    const heard: string[] = []
    db.listen('news', (text) => heard.push(text))
    await vi.waitFor(() => {
      db.signal('news', 'before')
      expect(heard).toContain('before')
    })
    await endBackends()
    await vi.waitFor(() => {
      db.signal('news', 'after')
      expect(heard).toContain('after')
    }, 3000)
  })

  test('a signal that is too long is a mistake of the caller', () => {
    expect(() => db.signal('news', 'x'.repeat(7901))).toThrow('7900 bytes')
  })
})
