import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { backoffMs } from './backoff.ts'
import { AppError } from './errors.ts'
import { placeOf } from './postgres-address.ts'
import { sqlStateOf, translatePostgresError } from './postgres-errors.ts'

export interface PostgresLogin {
  role: string
  password: string
}

export interface ProvisionOptions {
  /** A role that may create roles and schemas: `postgres://admin:password@host:port/database`. */
  adminUrl: string
  /** Each gets a role that may log in, and a schema that it alone may read and write. */
  services: readonly (PostgresLogin & { schema: string })[]
  /** May read all of these schemas, also tables that come later, and nothing else. */
  auditor?: PostgresLogin
}

const NAME = /^[a-z_][a-z0-9_]{0,40}$/
const MAX_TRIES = 5
/** Somebody else made the same role at the same time: 42710, 23505; XX000 is "tuple concurrently updated". */
const MET_ANOTHER = /^(42710|23505|XX000|40P01|40001)$/

/**
 * Makes roles and schemas in the database of `adminUrl`, or brings those that are there to this state and these passwords.
 * May run any number of times, also at once. Errors: sentences as of openPostgres.
 */
export async function provisionPostgres(options: ProvisionOptions): Promise<void> {
  const place = placeOf(options.adminUrl)
  const client = new Client({ connectionString: options.adminUrl, connectionTimeoutMillis: 5000, query_timeout: 30_000 })
  client.on('error', () => undefined) // whatever runs rejects with it
  try {
    await client.connect()
    await runStatements(client, statementsFor(options, place.database))
  } catch (error) {
    throw translatePostgresError(error, place)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The admin's address with another login: what a service gets as `database.url`. */
export function urlFor(adminUrl: string, { role, password }: PostgresLogin): string {
  placeOf(adminUrl)
  const url = new URL(adminUrl)
  url.username = encodeURIComponent(role)
  url.password = encodeURIComponent(password)
  return url.href
}

async function runStatements(client: Client, statements: readonly string[]): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query('begin')
      // Roles belong to all databases of the server, this lock to one: hence the tries.
      await client.query("select pg_advisory_xact_lock(hashtextextended('order-flow:provision', 0))")
      for (const statement of statements) await client.query(statement)
      await client.query('commit')
      return
    } catch (error) {
      await client.query('rollback')
      if (tries === MAX_TRIES || !MET_ANOTHER.test(sqlStateOf(error) ?? '')) throw error
      await pause(backoffMs(tries, 50, 1000))
    }
  }
}

function statementsFor({ services, auditor }: ProvisionOptions, database: string): string[] {
  for (const name of services.flatMap(({ role, schema }) => [role, schema]).concat(auditor?.role ?? [])) {
    if (!NAME.test(name))
      throw new AppError('internal', `"${name}" cannot be a role or schema: use lower case letters, digits and underscores.`)
  }
  return [
    'revoke create on schema public from public',
    ...services.flatMap((service) => serviceStatements(service, database)),
    ...(auditor ? auditorStatements(auditor, services, database) : []),
  ]
}

function serviceStatements({ role, schema, password }: PostgresLogin & { schema: string }, database: string): string[] {
  const [owner, name] = [escapeIdentifier(role), escapeIdentifier(schema)]
  return [
    ...loginStatements({ role, password }, database),
    `create schema if not exists ${name} authorization ${owner}`,
    `alter schema ${name} owner to ${owner}`,
    `revoke all on schema ${name} from public`,
    `alter role ${owner} in database ${escapeIdentifier(database)} set search_path = ${name}`,
  ]
}

function auditorStatements(auditor: PostgresLogin, services: ProvisionOptions['services'], database: string): string[] {
  const reader = escapeIdentifier(auditor.role)
  return [
    ...loginStatements(auditor, database),
    `alter role ${reader} set default_transaction_read_only = on`,
    ...services.flatMap(({ schema, role }) => {
      const name = escapeIdentifier(schema)
      return [
        `grant usage on schema ${name} to ${reader}`,
        `grant select on all tables in schema ${name} to ${reader}`,
        `alter default privileges for role ${escapeIdentifier(role)} in schema ${name} grant select on tables to ${reader}`,
      ]
    }),
  ]
}

/** A role with the right to log in and no other. An administrator that is no superuser has to belong to it to give it a schema. */
function loginStatements({ role, password }: PostgresLogin, database: string): string[] {
  const [name, verifier] = [escapeIdentifier(role), escapeLiteral(scramVerifier(password))]
  return [
    `do $$ begin
       if not exists (select 1 from pg_roles where rolname = ${escapeLiteral(role)}) then create role ${name}; end if;
       if not (select rolsuper from pg_roles where rolname = current_user) then grant ${name} to current_user; end if;
     end $$`,
    `alter role ${name} with login noinherit nocreatedb nocreaterole password ${verifier}`,
    `grant connect on database ${escapeIdentifier(database)} to ${name}`,
  ]
}

/**
 * What PostgreSQL stores instead of a password (RFC 5803). Made here, so that the password itself is in no statement and
 * in no log of the server.
 */
function scramVerifier(password: string): string {
  const iterations = 4096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256')
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyOf('Server Key').toString('base64')}`
}
