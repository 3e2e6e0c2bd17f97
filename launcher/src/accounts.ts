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

/** The sign-in of somebody who may operate the shop of this data folder: the demo operator, or the administrator. */
export function readOperator(dataDir: string): Account {
  for (const [name, role] of [
    ['demo-accounts.json', 'operator'],
    ['admin-account.json', 'admin'],
  ] as const) {
    const file = join(dataDir, name)
    if (!existsSync(file)) continue
    const account = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Account>)[role] // we wrote it
    if (account) return account
  }
  throw new Error(`${dataDir} holds no sign-in of an operator: start the shop once with "npm start", or name its folder with --data DIR.`)
}
