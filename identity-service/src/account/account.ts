import type { Account, Role } from '@order-flow/contracts'
import { AppError } from '@order-flow/service-kit'

/** An account as it is stored. Customers known elsewhere have a reference and neither e-mail address nor password. */
export interface StoredAccount extends Account {
  passwordHash: string | null
  reference: string | null
  /** ISO 8601. */
  createdAt: string
}

/** What is needed to make an account; `password` already hashed. */
export interface NewAccount {
  id: string
  email: string | null
  name: string
  roles: readonly Role[]
  passwordHash: string | null
  reference: string | null
  createdAt: string
}

/** The one form of an address: trimmed and in lower case, so that it is unique whatever way it is typed. */
export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase()
}

/** A name or reference trimmed and in one Unicode form (NFC). Errors: `invalid` when empty or with control characters. */
export function cleanText(text: string, what: string): string {
  const clean = text.normalize('NFC').trim()
  if (clean === '') throw new AppError('invalid', `The ${what} is empty.`, { problem: 'invalid-request' })
  if (/\p{Cc}/u.test(clean)) throw new AppError('invalid', `The ${what} holds control characters.`, { problem: 'invalid-request' })
  return clean
}

/** What a search looks through: in one form and lower case, whatever the database makes of case. */
export function searchTextOf({ name, email, reference }: Pick<NewAccount, 'name' | 'email' | 'reference'>): string {
  return foldText([name, email, reference].filter((part) => part !== null).join('\n'))
}

/** The same form for what is searched. */
export function foldText(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim()
}

/** What others may see of an account. */
export function toAccount({ id, email, name, roles }: Account): Account {
  return { id, email, name, roles: [...roles] }
}
