import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { DatabaseError } from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Database } from './database.ts'
import { AppError } from './errors.ts'
import { silentLogger } from './logger.ts'
import { whenAvailable } from './open-database.ts'
import { openPostgres } from './postgres.ts'
import { translatePostgresError } from './postgres-errors.ts'
import { findPostgresEngine, openTestPostgres, TEST_POSTGRES_URL } from './testing-postgres.ts'

type Proxy = Awaited<ReturnType<typeof openProxy>>

/** A way to the server that can be cut (as a server that stops) or silenced (as a network that loses everything). */
async function openProxy(url: string) {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let silenced: 'nothing' | 'answers' | 'everything' = 'nothing'
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (data) => {
        if (silenced === 'nothing' || (silenced === 'answers' && from === client)) to.write(data)
      })
      from.on('close', () => to.destroy())
      from.on('error', () => to.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens to TCP
  const own = new URL(url)
  own.hostname = '127.0.0.1'
  own.port = String(port)

  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    url: own.href,
    cut,
    silence(what: typeof silenced) {
      silenced = what
    },
    async stop() {
      server.close()
      cut()
    },
    async start() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
  }
}

describe.skipIf(!(await findPostgresEngine()))('a PostgreSQL that cannot be reached', () => {
  let opened: Awaited<ReturnType<typeof openTestPostgres>>
  let proxy: Proxy
  let db: Database

  beforeEach(async () => {
    opened = await openTestPostgres()
    await opened.db.transaction((tx) => tx.script('create table things (id text primary key)'))
    proxy = await openProxy(TEST_POSTGRES_URL)
    db = await opened.connect({ url: proxy.url, statementTimeoutMs: 500, connectTimeoutMs: 1500 })
  })
  afterEach(async () => {
    await opened.remove()
    await proxy.stop()
  })

  test('while the server is stopped everything is unavailable in one sentence, then all goes on', async () => {
    await proxy.stop()
    await expect(db.transaction((tx) => tx.insert('things', [{ id: 'a' }]))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(db.all('select 1')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^The database "postgres" on 127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED.*\.$/),
    })
    setTimeout(() => proxy.start(), 300)
    await whenAvailable(() => db.transaction((tx) => tx.insert('things', [{ id: 'a' }])), silentLogger, 5000)
    expect(await db.all('select id from things')).toEqual([{ id: 'a' }])
  })

  test.each([
    { lost: 'everything', added: 1 },
    { lost: 'answers', added: 0 },
  ] as const)('a commit of which $lost is lost is unavailable; trying again with the same id is right', async ({ lost, added }) => {
    const committing = db.transaction(async (tx) => {
      await tx.insert('things', [{ id: 'a' }])
      proxy.silence(lost)
      setTimeout(() => proxy.cut(), 100)
    })
    await expect(committing).rejects.toMatchObject({ code: 'unavailable' })
    proxy.silence('nothing')
    const again = await whenAvailable(() => db.transaction((tx) => tx.insertNew('things', 'id', [{ id: 'a' }])), silentLogger, 5000)
    expect(again.size).toBe(added)
    expect(await db.all('select id from things')).toEqual([{ id: 'a' }])
  })

  test('a network that loses everything is noticed by the clock of the client', async () => {
    await db.all('select 1')
    proxy.silence('everything')
    await expect(db.all('select 1')).rejects.toMatchObject({ code: 'unavailable' })
    proxy.silence('nothing')
    await expect(db.all('select 1 as one')).resolves.toEqual([{ one: 1 }])
  })

  test('a leader behind such a network knows within seconds that it leads no more', async () => {
    const events: string[] = []
    const leadership = db.lead('work', async (lost) => {
      events.push('leads')
      if (!lost.aborted) await once(lost, 'abort')
      events.push('lost')
    })
    await vi.waitFor(() => expect(events).toEqual(['leads']))
    proxy.silence('everything')
    await vi.waitFor(() => expect(events).toEqual(['leads', 'lost']), { timeout: 10_000 })
    await leadership.stop()
  })

  test('closing does not wait for ever', async () => {
    const hanging = db.transaction(async (tx) => {
      await tx.all('select 1')
      proxy.silence('everything')
      await tx.all('select 1')
    })
    hanging.catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await db.close()
    await expect(hanging).rejects.toMatchObject({ code: 'unavailable' })
    await expect(db.all('select 1')).rejects.toThrow('are closed')
  })
})

describe.skipIf(!(await findPostgresEngine()))('a wrong address says how to mend it', () => {
  const opened: Database[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((db) => db.close()))
  })

  function messageOfOpening(change: (url: URL) => void, schema = 'public'): Promise<string> {
    const url = new URL(TEST_POSTGRES_URL)
    change(url)
    const db = openPostgres({ url: url.href, schema, poolSize: 1, statementTimeoutMs: 1000, connectTimeoutMs: 1000, logger: silentLogger })
    opened.push(db)
    return db.all('select 1').then(
      () => 'no error',
      (error: Error) => error.message,
    )
  }

  test('an unknown database', async () => {
    const message = await messageOfOpening((url) => {
      url.pathname = '/nowhere'
    })
    expect(message).toMatch(/^PostgreSQL on .+:\d+ has no database "nowhere": create it or correct database\.url\.$/)
  })

  test('an unknown role', async () => {
    const message = await messageOfOpening((url) => {
      url.username = 'nobody_here'
      url.password = 'secret'
    })
    expect(message).toMatch(/role "nobody_here".* correct database\.url/)
    expect(message).not.toContain('secret')
  })

  test('a host that does not exist', async () => {
    const message = await messageOfOpening((url) => {
      url.hostname = 'nowhere.invalid'
    })
    expect(message).toMatch(/^The database "postgres" on nowhere\.invalid:\d+ does not answer: .*\.$/)
  })

  test('a server that is no PostgreSQL', async () => {
    const server = createServer((socket) =>
      socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')).on('error', () => undefined),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens to TCP
    const message = await messageOfOpening((url) => {
      url.hostname = '127.0.0.1'
      url.port = String(port)
    })
    server.close()
    expect(message).toMatch(/^The database "postgres" on 127\.0\.0\.1:\d+ does not answer: .*\.$/)
  })

  test('no address of a PostgreSQL, or no name for a schema', () => {
    const open = (url: string, schema: string) => openPostgres({ url, schema, poolSize: 1, statementTimeoutMs: 1000, logger: silentLogger })
    for (const url of ['', 'mysql://a:secret@b/c', 'postgres://host/database', 'postgres://role:secret@host']) {
      expect(() => open(url, 'orders')).toThrow('it reads "postgres://role:password@host:5432/database"')
    }
    expect(() => open('postgres://role@host/database', 'Order-Service')).toThrow('cannot be a schema')
  })
})

test('what may work later is waited for, within bounds; what is wrong is not', async () => {
  const failing = (code: 'unavailable' | 'internal') => {
    let tries = 0
    const work = async () => {
      tries += 1
      throw new AppError(code, 'No.')
    }
    return whenAvailable(work, silentLogger, 1000).catch(() => tries)
  }
  expect(await failing('internal')).toBe(1)
  expect(await failing('unavailable')).toBeGreaterThan(1)
})

test('what the server answers becomes a sentence without the password', () => {
  const place = { host: 'db', port: '5432', database: 'shop', role: 'orders' }
  const answer = (code: string, message: string) => {
    const error = new DatabaseError(message, 0, 'error')
    error.code = code
    return translatePostgresError(error, place)
  }
  expect(answer('28P01', 'password authentication failed for user "orders"')).toMatchObject({
    code: 'internal',
    message: 'PostgreSQL on db:5432 refuses the password of the role "orders": correct database.url.',
  })
  expect(answer('42501', 'permission denied for table things')).toMatchObject({
    code: 'internal',
    message:
      'The role "orders" may not do that in the database "shop" on db:5432 (permission denied for table things): grant it the privilege.',
  })
  expect(answer('53300', 'sorry, too many clients already')).toMatchObject({
    code: 'unavailable',
    message: 'The database "shop" on db:5432 cannot be used now: sorry, too many clients already.',
  })
  expect(answer('0A000', 'cannot set transaction read-write mode during recovery')).toMatchObject({ code: 'unavailable' })
  const unknown = answer('42703', 'column "x" does not exist')
  expect(unknown).toBeInstanceOf(DatabaseError)
})
