import { type AuditSource, type CheckOptions, checkInvariants, type Result } from '@order-flow/invariants'

/** The rules that do not hold in the databases of a shop, also while it runs. */
export async function brokenRules(source: AuditSource, options: CheckOptions): Promise<Result[]> {
  return (await checkInvariants(source, options)).filter(({ holds }) => !holds)
}
