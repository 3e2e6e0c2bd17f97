import type { Order, PlaceOrder } from '@order-flow/contracts'
import type { Customer } from './customer.ts'

/** What became of the wish to buy something, as the customer saw it. */
export interface Purchase {
  customer: Customer
  key: string
  request: PlaceOrder
  /** Why its call was made again, one for each time. */
  repeats: string[]
  /** Every 201 seen, in order: all must say the same. */
  answers: Order[]
  /** Why it was refused, in the words of the problem. */
  refusal?: { status: number; detail: string }
  /** What became of the wish to cancel it, if there was one. */
  cancel?: 'asked' | 'granted' | 'refused'
}

/** Everything that customers have done in one scenario. */
export interface History {
  purchases: Purchase[]
  /** Orders that were not even sent, because too many waited for an answer. */
  notSent: number
}

export function createHistory(): History {
  return { purchases: [], notSent: 0 }
}

/** A purchase is accepted when its customer has seen a 201. */
export function accepted({ purchases }: History): Purchase[] {
  return purchases.filter(({ answers }) => answers.length > 0)
}

/** Calls that had to be repeated, by the reason. */
export function repeatedCalls({ purchases }: History): Record<string, number> {
  const reasons = Map.groupBy(
    purchases.flatMap(({ repeats }) => repeats),
    (reason) => reason,
  )
  return Object.fromEntries([...reasons].map(([reason, each]) => [reason, each.length]))
}
