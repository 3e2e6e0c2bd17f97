import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { AppError, type PostgresLogin } from '@order-flow/service-kit'
import { PARTS, SERVICES, type ServiceName, schemaOf } from './parts.ts'

/** How each service, and whoever checks them all, signs in at the database. */
export interface Logins {
  services: { service: ServiceName; schema: string; role: string; password: string }[]
  auditor: PostgresLogin
}

/** PostgreSQL cuts longer names; with the longest schema it stays below. */
const MAX_PREFIX = 14

/**
 * The logins for a database. Passwords are made at the first start and kept in the file (mode 600), so that every start has
 * the same. Roles belong to the whole server: the database is part of their names.
 */
export function loginsFor(database: string, file: string): Logins {
  const prefix = prefixOf(database)
  const passwords = passwordsIn(file)
  const login = (name: string) => ({ role: `${prefix}_${name}`, password: passwords[name] ?? '' })
  return {
    services: SERVICES.filter((service) => PARTS[service].hasDatabase).map((service) => ({
      service,
      schema: schemaOf(service),
      ...login(schemaOf(service)),
    })),
    auditor: login('auditor'),
  }
}

function prefixOf(database: string): string {
  const plain = database
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '_')
    .replace(/^(?=\d)/, '_')
  if (plain === database && plain.length <= MAX_PREFIX) return plain
  const digest = createHash('sha256').update(database).digest('hex').slice(0, 6)
  return `${plain.slice(0, MAX_PREFIX - digest.length - 1)}_${digest}`
}

function passwordsIn(file: string): Record<string, string> {
  const known = existsSync(file) ? readPasswords(file) : {}
  const names = [...SERVICES.filter((service) => PARTS[service].hasDatabase).map(schemaOf), 'auditor']
  const missing = names.filter((name) => known[name] === undefined)
  if (missing.length === 0) return known
  const passwords = { ...known, ...Object.fromEntries(missing.map((name) => [name, randomBytes(24).toString('base64url')])) }
  writeFileSync(`${file}.new`, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return passwords
}

function readPasswords(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string> // we wrote it
  } catch (error) {
    throw new AppError(
      'invalid',
      `${file} holds the passwords of the database's roles and cannot be read: restore it, or remove it to get new ones.`,
      {
        cause: error,
      },
    )
  }
}
