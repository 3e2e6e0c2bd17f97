import type { LiveEvent } from '@order-flow/contracts'
import type { Queryable, Tx } from '@order-flow/service-kit'

/** What is to be told in a topic. `event` is a LiveEvent as JSON. */
export interface FeedEntry {
  topic: string
  kind: LiveEvent['kind']
  event: string
}

export interface FeedRow {
  position: number
  event: string
}

/** `head`: the last offset given, 0 before the first. `oldest`: the first one still kept, `head + 1` when none is. */
export interface FeedBounds {
  head: number
  oldest: number
}

/** The topic of one user's notifications and messages; a client knows its own as `user:me`. */
export function userTopic(userId: string): string {
  return `user:${userId}`
}

/**
 * Adds entries to their topics, in order, and answers their positions: per topic 1..n without gaps. One statement takes
 * the positions of all topics, in topic order so that concurrent transactions wait for each other instead of deadlocking.
 */
export async function appendToFeed(tx: Tx, entries: readonly FeedEntry[], storedAt: string): Promise<number[]> {
  const added = new Map<string, number>()
  for (const { topic } of entries) added.set(topic, (added.get(topic) ?? 0) + 1)
  const heads = await tx.all<{ topic: string; head: number }>(
    `insert into topic_heads (topic, head)
     select r.topic, r.added from jsonb_to_recordset($1) as r(topic text, added bigint) where true order by r.topic
     on conflict (topic) do update set head = topic_heads.head + excluded.head returning topic, head`,
    [JSON.stringify(Array.from(added, ([topic, count]) => ({ topic, added: count })))],
  )
  const last = new Map(heads.map(({ topic, head }) => [topic, head - (added.get(topic) ?? 0)]))
  const positions = entries.map(({ topic }) => {
    const position = (last.get(topic) ?? 0) + 1
    last.set(topic, position)
    return position
  })
  await tx.insert(
    'feed',
    entries.map(({ topic, kind, event }, index) => ({ topic, position: positions[index] ?? null, kind, event, stored_at: storedAt })),
  )
  return positions
}

/** Events above `after`, oldest first. */
export function feedAfter(db: Queryable, topic: string, { after, limit }: { after: number; limit: number }): Promise<FeedRow[]> {
  return db.all<FeedRow>('select position, event from feed where topic = $1 and position > $2 order by position limit $3', [
    topic,
    after,
    limit,
  ])
}

/** Positions above `after`, up to `upTo`. */
export interface FeedRange {
  topic: string
  after: number
  upTo: number
}

export interface FeedEntryRow extends FeedRow {
  topic: string
  kind: LiveEvent['kind']
  storedAt: string
}

/** The events of several topics, in order within each. */
export function feedBetween(db: Queryable, ranges: readonly FeedRange[]): Promise<FeedEntryRow[]> {
  return db.all<FeedEntryRow>(
    `select f.topic, f.position, f.kind, f.event, f.stored_at as "storedAt"
     from jsonb_to_recordset($1) as r(topic text, after bigint, up_to bigint)
     join feed f on f.topic = r.topic and f.position > r.after and f.position <= r.up_to order by f.topic, f.position`,
    [JSON.stringify(ranges.map(({ topic, after, upTo }) => ({ topic, after, up_to: upTo })))],
  )
}

/** The last offsets given in these topics; one in which nothing has been told is left out. */
export function headsOf(db: Queryable, topics: readonly string[]): Promise<{ topic: string; head: number }[]> {
  return db.all('select topic, head from topic_heads where topic in (select r.topic from jsonb_to_recordset($1) as r(topic text))', [
    JSON.stringify(topics.map((topic) => ({ topic }))),
  ])
}

/** Notifications below `before` (all when undefined), newest first. */
export function notificationsBefore(
  db: Queryable,
  topic: string,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<FeedRow[]> {
  return db.all<FeedRow>(
    `select position, event from feed where topic = $1 and position < $2 and kind = 'notification' order by position desc limit $3`,
    [topic, before ?? Number.MAX_SAFE_INTEGER, limit],
  )
}

/** Where these topics begin and end. */
export async function feedBounds(db: Queryable, topics: readonly string[]): Promise<Map<string, FeedBounds>> {
  const rows = await db.all<{ topic: string; head: number | null; oldest: number | null }>(
    `select r.topic, h.head, (select min(f.position) from feed f where f.topic = r.topic) as oldest
     from jsonb_to_recordset($1) as r(topic text) left join topic_heads h on h.topic = r.topic`,
    [JSON.stringify(topics.map((topic) => ({ topic })))],
  )
  return new Map(rows.map(({ topic, head, oldest }) => [topic, { head: head ?? 0, oldest: oldest ?? (head ?? 0) + 1 }]))
}

/** Removes at most `limit` of the rows stored before the time, oldest first; answers how many. Heads stay. */
export function sweepFeed(tx: Tx, { storedBefore, limit }: { storedBefore: string; limit: number }): Promise<number> {
  return tx.run(
    `delete from feed where (topic, position) in (select topic, position from feed where stored_at < $1 order by stored_at limit $2)`,
    [storedBefore, limit],
  )
}
