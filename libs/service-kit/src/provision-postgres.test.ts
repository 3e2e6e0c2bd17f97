import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from './database.ts'
import { silentLogger } from './logger.ts'
import { openPostgres } from './postgres.ts'
import { provisionPostgres, urlFor } from './provision-postgres.ts'
import { asAdministrator, findPostgresEngine, TEST_POSTGRES_URL } from './testing-postgres.ts'

test('the address of a service has its own login and nothing else of the administrator', () => {
  expect(urlFor('postgres://admin:secret@db:5433/shop?sslmode=require', { role: 'orders', password: 'a/b@c:%' })).toBe(
    'postgres://orders:a%2Fb%40c%3A%25@db:5433/shop?sslmode=require',
  )
})

describe.skipIf(!(await findPostgresEngine()))('a provisioned PostgreSQL', () => {
  const suffix = randomBytes(4).toString('hex')
  const login = (name: string) => ({ role: `${name}_${suffix}`, password: randomBytes(12).toString('base64') })
  const [orders, stock, auditor] = [login('orders'), login('stock'), login('auditor')]
  const options = {
    adminUrl: TEST_POSTGRES_URL,
    services: [
      { ...orders, schema: orders.role },
      { ...stock, schema: stock.role },
    ],
    auditor,
  }
  const opened: Database[] = []

  function open(as: typeof orders, schema: string): Database {
    const db = openPostgres({ url: urlFor(TEST_POSTGRES_URL, as), schema, poolSize: 1, statementTimeoutMs: 5000, logger: silentLogger })
    opened.push(db)
    return db
  }

  beforeAll(async () => {
    await Promise.all([provisionPostgres(options), provisionPostgres(options), provisionPostgres(options)])
    await open(orders, orders.role).transaction((tx) => tx.script('create table things (id text); insert into things values (1)'))
    await provisionPostgres(options)
  })
  afterAll(async () => {
    await Promise.all(opened.map((db) => db.close()))
    const roles = [orders, stock, auditor].map(({ role }) => role).join(', ')
    await asAdministrator(`drop schema if exists ${orders.role}, ${stock.role} cascade; drop owned by ${roles}; drop role ${roles}`)
  })

  test('a service has its own schema', async () => {
    const db = open(orders, orders.role)
    await db.transaction((tx) => tx.insert('things', [{ id: 'a' }]))
    expect(await db.all('select count(*) as things from things')).toEqual([{ things: 2 }])
  })

  test("a service can neither read nor write another's, nor make anything in public", async () => {
    const db = open(stock, stock.role)
    await expect(db.all(`select * from ${orders.role}.things`)).rejects.toThrow(`The role "${stock.role}" may not do that`)
    await expect(db.transaction((tx) => tx.script('create table public.things (id text)'))).rejects.toThrow('may not do that')
    await expect(open(stock, orders.role).all('select 1')).rejects.toThrow(`The role "${stock.role}" may not use the schema`)
  })

  test('the auditor reads tables that were made before and after, and writes nothing', async () => {
    await open(orders, orders.role).transaction((tx) => tx.script('create table later (id text)'))
    const db = open(auditor, orders.role)
    expect(await db.all('select count(*) as things from later')).toEqual([{ things: 0 }])
    expect((await db.all('select id from things')).length).toBeGreaterThan(0)
    await expect(db.transaction((tx) => tx.insert('things', [{ id: 'b' }]))).rejects.toThrow('may not do that')
  })

  test('the password that the server knows is the one that was given', async () => {
    const [row] = await asAdministrator(`select rolpassword from pg_authid where rolname = '${orders.role}'`)
    expect(row?.rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/)
    expect(JSON.stringify(row)).not.toContain(orders.password)
  })
})
