import type { Account, AccountImport, ImportedAccounts, Role } from '@order-flow/contracts'
import { AppError, type Database, type Logger, newId } from '@order-flow/service-kit'
import { cleanText, type NewAccount, normaliseEmail, toAccount } from './account.ts'
import type { AccountStore } from './account-store.ts'
import type { Passwords } from './passwords.ts'

/** An account that the launcher wants to exist. */
export interface SeedAccount {
  email: string
  password: string
  name: string
  roles: Role[]
}

export interface AccountsParts {
  db: Database
  store: AccountStore
  passwords: Passwords
  logger: Logger
  now: () => Date
}

const PAGE_SIZE = 50

/** What can be done with accounts besides signing in. */
export function createAccounts({ db, store, passwords, logger, now }: AccountsParts) {
  async function get(id: string): Promise<Account> {
    const account = await store.findById(db, id)
    if (!account) throw new AppError('not_found', `Account ${id} does not exist.`)
    return toAccount(account)
  }

  /** One page of 50, newest first; `nextCursor` is null on the last. */
  async function search(text: string, cursor: string | undefined): Promise<{ accounts: Account[]; nextCursor: string | null }> {
    const found = await store.search(db, { text, cursor, limit: PAGE_SIZE + 1 })
    const page = found.slice(0, PAGE_SIZE)
    return { accounts: page.map(toAccount), nextCursor: found.length > PAGE_SIZE ? (page.at(-1)?.id ?? null) : null }
  }

  /** Makes customers of the references that are new; answers with an id for each reference, in the order asked. */
  async function importCustomers({ accounts }: AccountImport): Promise<ImportedAccounts> {
    const createdAt = now().toISOString()
    const wanted = accounts.map(({ reference, name }) => ({
      id: newId(),
      email: null,
      name: cleanText(name, `name of customer ${JSON.stringify(reference)}`),
      roles: ['customer' as const],
      passwordHash: null,
      reference: cleanText(reference, 'reference'),
      createdAt,
    }))
    const { added, ids } = await db.transaction(async (tx) => ({
      added: await store.insertByReference(tx, wanted),
      ids: await store.idsByReference(
        tx,
        wanted.map(({ reference }) => reference),
      ),
    }))
    logger.info({ accounts: accounts.length, added: added.size }, 'accounts imported')
    return { accounts: accounts.map(({ reference }) => ({ reference, id: idOf(ids, cleanText(reference, 'reference')) })) }
  }

  /**
   * Makes the accounts whose address does not exist yet, with the roles given, and answers these addresses; the others
   * stay as they are. For the process itself, not for a door: a handful at most.
   */
  async function seed(accounts: readonly SeedAccount[]): Promise<string[]> {
    const wanted = accounts.map((account) => ({ ...account, email: normaliseEmail(account.email) }))
    const known = await Promise.all(wanted.map(({ email }) => store.findByEmail(db, email)))
    const missing = wanted.filter((_account, index) => known[index] === undefined)
    const createdAt = now().toISOString()
    const rows = await Promise.all(
      missing.map(
        async ({ email, password, name, roles }): Promise<NewAccount> => ({
          id: newId(),
          email,
          name: cleanText(name, 'name'),
          roles,
          passwordHash: await passwords.hash(password),
          reference: null,
          createdAt,
        }),
      ),
    )
    const added = await db.transaction((tx) => store.insertByEmail(tx, rows))
    if (added.size > 0) logger.info({ added: added.size }, 'accounts seeded')
    return missing.map(({ email }) => email).filter((email) => added.has(email))
  }

  return { get, search, importCustomers, seed }
}
export type Accounts = ReturnType<typeof createAccounts>

function idOf(ids: Map<string, string>, reference: string): string {
  const id = ids.get(reference)
  if (id === undefined) throw new AppError('internal', `Reference ${JSON.stringify(reference)} was imported but cannot be found.`)
  return id
}
