import type { Tx } from '@order-flow/service-kit'
import type { StoredSession } from './session.ts'

interface Row {
  id: string
  account_id: string
  current_hash: string
  previous_hash: string | null
  rotated_at: string | null
  successor_key: string
  created_at: string
  expires_at: string
}

/** The SQL of sessions. A session that was ended is deleted. */
export function createSessionStore() {
  return {
    /** Adds a session, and ends the oldest of the account so that `maxPerAccount` remain. */
    async insert(tx: Tx, session: StoredSession, maxPerAccount: number): Promise<void> {
      await tx.insert('sessions', [toRow(session)])
      await tx.run(
        `delete from sessions where account_id = $1 and id not in
           (select id from sessions where account_id = $1 order by created_at desc, id = $2 desc limit $3)`,
        [session.accountId, session.id, maxPerAccount],
      )
    },

    /** The session, locked until the transaction ends. */
    async find(tx: Tx, id: string): Promise<StoredSession | undefined> {
      const rows = await tx.all<Row>(
        `select id, account_id, current_hash, previous_hash, rotated_at, successor_key, created_at, expires_at
         from sessions where id = $1 for update`,
        [id],
      )
      return rows.map(fromRow)[0]
    },

    /** Writes what a rotation changes. */
    async saveRotation(tx: Tx, session: StoredSession): Promise<void> {
      await tx.run('update sessions set current_hash = $2, previous_hash = $3, rotated_at = $4, expires_at = $5 where id = $1', [
        session.id,
        session.currentHash,
        session.previousHash,
        session.rotatedAt,
        session.expiresAt,
      ])
    },

    async remove(tx: Tx, id: string): Promise<void> {
      await tx.run('delete from sessions where id = $1', [id])
    },

    /** Deletes at most `limit` sessions that have expired; answers how many. */
    async removeExpired(tx: Tx, now: Date, limit: number): Promise<number> {
      return tx.run('delete from sessions where id in (select id from sessions where expires_at <= $1 limit $2)', [
        now.toISOString(),
        limit,
      ])
    },
  }
}
export type SessionStore = ReturnType<typeof createSessionStore>

function toRow(session: StoredSession) {
  return {
    id: session.id,
    account_id: session.accountId,
    current_hash: session.currentHash,
    previous_hash: session.previousHash,
    rotated_at: session.rotatedAt,
    successor_key: session.successorKey,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
  }
}

function fromRow(row: Row): StoredSession {
  return {
    id: row.id,
    accountId: row.account_id,
    currentHash: row.current_hash,
    previousHash: row.previous_hash,
    rotatedAt: row.rotated_at,
    successorKey: row.successor_key,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
