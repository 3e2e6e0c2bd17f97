import type { Account } from '@order-flow/contracts'

/** Where to go after signing in: the page asked for if it is one of ours, else the desk for agents and the shop for others. */
export function nextPath(next: string | null, account: Account): string {
  if (next !== null && /^\/(?![/\\])/.test(next)) return next
  return account.roles.includes('agent') ? '/support' : '/'
}
