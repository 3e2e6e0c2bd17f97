import { join } from 'node:path'
import { type Database, migrate, newId } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewAccount } from './account.ts'
import { createAccountStore } from './account-store.ts'

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations')

function anAccount(facts: Partial<NewAccount>): NewAccount {
  return {
    id: newId(),
    email: null,
    name: 'Somebody',
    roles: ['customer'],
    passwordHash: null,
    reference: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...facts,
  }
}

describe.each(ENGINES)('accounts in $name', (engine) => {
  const store = createAccountStore()
  let db: Database
  let remove: () => Promise<void>
  beforeAll(async () => {
    const opened = await engine.open()
    db = opened.db
    remove = opened.remove
    await migrate(db, MIGRATIONS)
  })
  afterAll(() => remove())

  test('an address is taken once', async () => {
    const first = anAccount({ email: 'a@example.com', passwordHash: 'h', roles: ['agent', 'operator'] })
    expect(await db.transaction((tx) => store.insertByEmail(tx, [first]))).toEqual(new Set(['a@example.com']))
    expect(await db.transaction((tx) => store.insertByEmail(tx, [anAccount({ email: 'a@example.com' })]))).toEqual(new Set())
    expect(await store.findByEmail(db, 'a@example.com')).toEqual({ ...first, roles: ['agent', 'operator'] })
    expect((await store.findById(db, first.id))?.email).toBe('a@example.com')
    expect(await store.findByEmail(db, 'b@example.com')).toBeUndefined()
  })

  test('a reference is taken once, also within one import', async () => {
    const accounts = ['r1', 'r2', 'r1'].map((reference) => anAccount({ reference }))
    await db.transaction((tx) => store.insertByReference(tx, accounts))
    await db.transaction((tx) => store.insertByReference(tx, [anAccount({ reference: 'r2' })]))
    const ids = await store.idsByReference(db, ['r2', 'r1', 'unknown'])
    expect(ids).toEqual(
      new Map([
        ['r1', accounts[0]?.id],
        ['r2', accounts[1]?.id],
      ]),
    )
  })

  test('a search takes %, _ and \\ as they are and ignores case', async () => {
    const percent = anAccount({ name: '100% ÉMILE', reference: 'p1' })
    await db.transaction((tx) => store.insertByReference(tx, [percent, anAccount({ name: '100 Emile', reference: 'p2' })]))
    const found = async (text: string) => (await store.search(db, { text, cursor: undefined, limit: 10 })).map(({ id }) => id)
    expect(await found('100% émile')).toEqual([percent.id])
    expect(await found('100_')).toEqual([])
    expect(await found('100\\')).toEqual([])
  })

  test('pages go from the newest to the oldest without gap or overlap', async () => {
    const accounts = Array.from({ length: 7 }, (_value, index) => anAccount({ name: 'Paged', reference: `page-${index}` }))
    await db.transaction((tx) => store.insertByReference(tx, accounts))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.search(db, { text: 'paged', cursor, limit: 3 })
      seen.push(...page.map(({ id }) => id))
      cursor = page.at(-1)?.id
    } while (cursor !== undefined)
    expect(seen).toEqual(accounts.map(({ id }) => id).reverse())
  })
})
