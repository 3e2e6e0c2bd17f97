import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type PostgresLogin, provisionPostgres, randomHex, urlFor } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import pg from 'pg'
import type { AuditSource } from '../src/index.ts'
import { forEngine } from '../src/rule.ts'
import { SCHEMAS } from '../src/snapshot.ts'
import type { ShopPlace } from './healthy-shop.ts'

/** The databases of one shop, on one engine. */
export interface Place {
  /** For the services. */
  shop: ShopPlace
  /** For the audit. */
  where: AuditSource
  /** A shop with the same data, that changes by itself. */
  copy(): Promise<Place>
  /** Runs statements that may break what services never would, constraints included. */
  tamper(sql: string): Promise<void>
  remove(): Promise<void>
}

export interface PlaceEngine {
  name: string
  make(): Promise<Place>
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'order-flow-'))
}

function sqlitePlace(dataDir: string): Place {
  return {
    shop: { dataDir },
    where: { dataDir },
    async copy() {
      const folder = newFolder()
      cpSync(dataDir, folder, { recursive: true })
      return sqlitePlace(folder)
    },
    async tamper(sql) {
      const db = new DatabaseSync(':memory:')
      for (const schema of SCHEMAS) {
        const service = schema.replaceAll('_', '-')
        db.prepare(`attach database ? as ${schema}`).run(join(dataDir, service, `${service}.db`))
      }
      db.exec('pragma ignore_check_constraints = on; pragma foreign_keys = off')
      db.exec(forEngine(sql, 'sqlite'))
      db.close()
    },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

interface PostgresPlaceParts {
  /** Of a role that may make databases and roles. */
  serverUrl: string
  database: string
  logins: Record<string, PostgresLogin>
  /** Ends what is shared by all copies. */
  onRemove?: () => Promise<void>
}

function postgresPlace({ serverUrl, database, logins, onRemove = async () => undefined }: PostgresPlaceParts): Place {
  const dataDir = newFolder()
  const adminUrl = withDatabase(serverUrl, database)
  const urlOf = (name: string) => urlFor(adminUrl, logins[name] ?? { role: name, password: '' })
  return {
    shop: { dataDir, databaseUrlOf: (service) => urlOf(service.replaceAll('-', '_')) },
    where: { databaseUrl: urlOf('auditor') },
    async copy() {
      const copied = newDatabaseName()
      await execute(serverUrl, `create database ${copied} template ${database}`)
      return postgresPlace({ serverUrl, database: copied, logins })
    },
    tamper: (sql) => execute(adminUrl, forEngine(sql, 'postgres')),
    async remove() {
      rmSync(dataDir, { recursive: true, force: true })
      await execute(serverUrl, `drop database if exists ${database} with (force)`)
      await onRemove()
    },
  }
}

/** A database with a schema and a role for each service, and the role of an auditor. */
async function provisionedPlace(serverUrl: string): Promise<Place> {
  const database = newDatabaseName()
  const suffix = randomHex(6)
  const logins = Object.fromEntries([...SCHEMAS, 'auditor'].map((name) => [name, { role: `${name}_${suffix}`, password: randomHex(16) }]))
  const loginOf = (name: string) => logins[name] ?? { role: name, password: '' }
  await execute(serverUrl, `create database ${database}`)
  await provisionPostgres({
    adminUrl: withDatabase(serverUrl, database),
    services: SCHEMAS.map((schema) => ({ schema, ...loginOf(schema) })),
    auditor: loginOf('auditor'),
  })
  const onRemove = () =>
    execute(
      serverUrl,
      `drop role ${Object.values(logins)
        .map(({ role }) => role)
        .join(', ')}`,
    )
  return postgresPlace({ serverUrl, database, logins, onRemove })
}

function newDatabaseName(): string {
  return `order_flow_test_${randomHex(6)}`
}

function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Every engine that there is here. PostgreSQL: the server that service-kit's suites use. */
export const PLACE_ENGINES: readonly PlaceEngine[] = ENGINES.map(({ name, shared, open }) => ({
  name,
  async make() {
    if (!shared) return sqlitePlace(newFolder())
    const { config, remove } = await open()
    await remove()
    return provisionedPlace(config.url)
  },
}))
