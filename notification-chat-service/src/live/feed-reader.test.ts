import { join } from 'node:path'
import { migrate, type Queryable, type SqlValue } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { describe, expect, test } from 'vitest'
import { appendToFeed } from '../feed-store.ts'
import { createFeedReader } from './feed-reader.ts'

const CLIENTS = 3000

describe.each(ENGINES)('reading the feed on $name', (engine) => {
  test('thousands who come back at once are all answered, with few queries at the same time', async () => {
    const opened = await engine.open()
    await migrate(opened.db, join(import.meta.dirname, '..', '..', 'migrations'))
    const topics = Array.from({ length: CLIENTS }, (_client, index) => `user:${index}`)
    const entries = topics.slice(1).flatMap((topic) => [1, 2].map(() => ({ topic, kind: 'notification' as const, event: '{}' })))
    await opened.db.transaction((tx) => appendToFeed(tx, entries, '2026-01-01T00:00:00.000Z'))

    let running = 0
    let most = 0
    let queries = 0
    const watched: Queryable = {
      async all<Row>(sql: string, params?: readonly SqlValue[]) {
        queries += 1
        running += 1
        most = Math.max(most, running)
        return opened.db.all<Row>(sql, params).finally(() => {
          running -= 1
        })
      },
    }
    const reader = createFeedReader(watched)
    const bounds = await Promise.all(topics.map((topic) => reader.bounds(topic)))
    expect(bounds).toEqual(topics.map((_topic, index) => ({ head: index === 0 ? 0 : 2, oldest: 1 })))
    expect(queries).toBeLessThan(20)
    const pages = await Promise.all(topics.map((topic) => reader.after(topic, { after: 1, limit: 10 })))
    expect(pages.map((page) => page.map(({ position }) => position))).toEqual(topics.map((_topic, index) => (index === 0 ? [] : [2])))
    expect(most).toBeLessThanOrEqual(16)
    await opened.remove()
  })

  test('a page that cannot be read makes room for the next', async () => {
    let asked = 0
    const broken: Queryable = {
      all() {
        asked += 1
        return Promise.reject(new Error('gone'))
      },
    }
    const reader = createFeedReader(broken)
    const pages = await Promise.allSettled(Array.from({ length: 100 }, () => reader.after('user:a', { after: 0, limit: 1 })))
    expect(pages.every(({ status }) => status === 'rejected')).toBe(true)
    expect(asked).toBe(100)
    await expect(reader.bounds('user:a')).rejects.toThrow('gone')
  })
})
