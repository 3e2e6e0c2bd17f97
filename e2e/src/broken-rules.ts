import { type CheckOptions, checkInvariants, type Result } from '@order-flow/invariants'

/** The rules that do not hold in the databases of a data folder, also of a running shop. */
export async function brokenRules(dataDir: string, options: CheckOptions): Promise<Result[]> {
  return (await checkInvariants({ dataDir }, options)).filter(({ holds }) => !holds)
}
