import { Role } from '@order-flow/contracts'
import { type Static, Type } from 'typebox'
import type { SeedAccount } from './accounts.ts'

/** The first accounts, one for each role, as the launcher keeps them. */
export const SeedAccounts = Type.Partial(
  Type.Record(
    Role,
    Type.Object({ email: Type.String({ format: 'email' }), password: Type.String({ minLength: 10 }) }, { additionalProperties: false }),
  ),
)
export type SeedAccounts = Static<typeof SeedAccounts>

/** As accounts with that one role each. */
export function accountsOf(seed: SeedAccounts): SeedAccount[] {
  return Object.entries(seed).map(([role, account]) => ({ ...account, name: `Demo ${role}`, roles: [role as Role] })) // the schema knows no other keys
}
