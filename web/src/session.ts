import type { Account } from '@order-flow/contracts'
import type { QueryClient } from '@tanstack/react-query'
import { client } from './api.ts'
import { keys } from './queries.ts'
import { keepSignIn } from './sign-in-hint.ts'
import { forgetUnread } from './unread.ts'

/** What everybody may see stays in the cache when the account changes. */
const PUBLIC = ['products', 'product']

/** Begins a signed-in time: nothing of the account before is left in the cache. */
export function enterSession(queries: QueryClient, account: Account): void {
  const kept = [...PUBLIC, ...keys.me]
  queries.removeQueries({ predicate: ({ queryKey }) => !kept.includes(String(queryKey[0])) })
  forgetUnread()
  keepSignIn(true)
  queries.setQueryData(keys.me, account)
}

/**
 * Signs out at the server and begins the page anew, so that nothing of the account stays in memory. Throws
 * `ProblemError` when the server could not be told: the cookies still stand then.
 */
export async function leaveSession(): Promise<void> {
  await client.logout()
  keepSignIn(false)
  location.assign('/')
}
