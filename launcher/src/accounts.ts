import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Role } from '@order-flow/contracts'

export interface Account {
  email: string
  password: string
}

const DEMO_ROLES: readonly Role[] = ['customer', 'agent', 'operator', 'admin']

/** The accounts that the first start makes, by role. Kept in the data folder (mode 600), so every start knows them. */
export function firstAccounts(dataDir: string, demo: boolean): { file: string; accounts: Record<string, Account> } {
  const file = join(dataDir, demo ? 'demo-accounts.json' : 'admin-account.json')
  if (existsSync(file)) return { file, accounts: JSON.parse(readFileSync(file, 'utf8')) as Record<string, Account> } // we wrote it
  const roles = demo ? DEMO_ROLES : ['admin']
  const accounts = Object.fromEntries(roles.map((role) => [role, { email: `${role}@order-flow.example`, password: randomPassword() }]))
  // Written before the accounts are made: a crash in between leaves passwords that the next start uses, not accounts nobody knows.
  writeFileSync(`${file}.new`, `${JSON.stringify(accounts, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return { file, accounts }
}

function randomPassword(): string {
  return randomBytes(12).toString('base64url')
}
