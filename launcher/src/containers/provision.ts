import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, provisionPostgres } from '@order-flow/service-kit'
import type { Logins } from '../distributed/logins.ts'

/** Makes database, roles and schemas as `makeSecrets` has planned them. `folder`: what it put there for this container. */
export async function provision(folder: string): Promise<void> {
  const adminUrl = readFileSync(join(folder, 'admin-url'), 'utf8').trim()
  const { services, auditor } = JSON.parse(readFileSync(join(folder, 'logins.json'), 'utf8')) as Logins // makeSecrets wrote it
  await createDatabase(adminUrl)
  await provisionPostgres({ adminUrl, services, auditor })
}
