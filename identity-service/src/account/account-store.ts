import type { Role } from '@order-flow/contracts'
import type { Queryable, SqlRow, Tx } from '@order-flow/service-kit'
import { foldText, type NewAccount, type StoredAccount, searchTextOf } from './account.ts'

interface Row {
  id: string
  email: string | null
  name: string
  roles: string
  password_hash: string | null
  reference: string | null
  created_at: string
}

const COLUMNS = 'id, email, name, roles, password_hash, reference, created_at'
/** RFC 9562's highest UUID: a page that begins there begins with the newest account. */
const BEFORE_NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** The SQL of accounts. */
export function createAccountStore() {
  return {
    /** Adds the accounts whose address is new and answers these addresses. */
    async insertByEmail(tx: Tx, accounts: readonly NewAccount[]): Promise<Set<unknown>> {
      return tx.insertNew('accounts', 'email', accounts.map(toRow))
    },

    /** Adds the accounts whose reference is new and answers these references. */
    async insertByReference(tx: Tx, accounts: readonly NewAccount[]): Promise<Set<unknown>> {
      return tx.insertNew('accounts', 'reference', accounts.map(toRow))
    },

    async findById(db: Queryable, id: string): Promise<StoredAccount | undefined> {
      const rows = await db.all<Row>(`select ${COLUMNS} from accounts where id = $1`, [id])
      return rows.map(fromRow)[0]
    },

    /** `email` is normalised. */
    async findByEmail(db: Queryable, email: string): Promise<StoredAccount | undefined> {
      const rows = await db.all<Row>(`select ${COLUMNS} from accounts where email = $1`, [email])
      return rows.map(fromRow)[0]
    },

    /** The ids of the accounts that exist under these references. */
    async idsByReference(db: Queryable, references: readonly string[]): Promise<Map<string, string>> {
      const rows = await db.all<{ reference: string; id: string }>(
        `select a.reference, a.id from accounts a
         join jsonb_to_recordset($1) as r(reference text) on r.reference = a.reference`,
        [JSON.stringify(references.map((reference) => ({ reference })))],
      )
      return new Map(rows.map(({ reference, id }) => [reference, id]))
    },

    /** Accounts whose name, address or reference holds the text (`''`: all), newest first, from after `cursor` (an id). */
    async search(db: Queryable, query: { text: string; cursor: string | undefined; limit: number }): Promise<StoredAccount[]> {
      const rows = await db.all<Row>(
        `select ${COLUMNS} from accounts where id < $1 and search_text like $2 escape '\\' order by id desc limit $3`,
        [query.cursor ?? BEFORE_NEWEST, `%${escapeLike(foldText(query.text))}%`, query.limit],
      )
      return rows.map(fromRow)
    },
  }
}
export type AccountStore = ReturnType<typeof createAccountStore>

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

function toRow(account: NewAccount): SqlRow {
  return {
    id: account.id,
    email: account.email,
    name: account.name,
    roles: JSON.stringify(account.roles),
    password_hash: account.passwordHash,
    reference: account.reference,
    search_text: searchTextOf(account),
    created_at: account.createdAt,
  }
}

function fromRow(row: Row): StoredAccount {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    roles: JSON.parse(row.roles) as Role[], // toRow wrote it
    passwordHash: row.password_hash,
    reference: row.reference,
    createdAt: row.created_at,
  }
}
