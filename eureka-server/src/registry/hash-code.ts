import type { InstanceStatus } from './instance.ts'

/**
 * Counts of instances by status, by which clients notice that they missed a change: `DOWN_1_UP_3_`, empty when there is
 * none (specification, section 7.1).
 */
export function hashCodeOf(counts: ReadonlyMap<InstanceStatus, number>): string {
  return [...counts.keys()]
    .sort()
    .map((status) => `${status}_${counts.get(status)}_`)
    .join('')
}
