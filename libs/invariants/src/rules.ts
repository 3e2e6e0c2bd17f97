import { EVENT_RULES } from './event-rules.ts'
import { MONEY_RULES } from './money-rules.ts'
import { NOTIFICATION_RULES } from './notification-rules.ts'
import { ORDER_RULES } from './order-rules.ts'
import { PROVIDER_RULES } from './provider-rules.ts'
import type { Rule } from './rule.ts'
import { SECRET_RULES } from './secret-rules.ts'
import { STOCK_RULES } from './stock-rules.ts'

/** Every rule, by id. Rules of one id stand together. */
export const RULES: readonly Rule[] = [
  ...STOCK_RULES,
  ...MONEY_RULES,
  ...PROVIDER_RULES,
  ...ORDER_RULES,
  ...EVENT_RULES,
  ...NOTIFICATION_RULES,
  ...SECRET_RULES,
].sort((one, other) => numberOf(one) - numberOf(other))

export interface NotChecked {
  id: string
  why: string
}

/** What the specification asks for and no database can answer, or no feature can break yet. */
export const NOT_CHECKED: readonly NotChecked[] = [
  { id: 'I11', why: 'what a browser has shown, and shown once, only the browser knows: the tests of the live connection check it' },
  { id: 'I12', why: 'that every client shows the same conversation: as above' },
  { id: 'I14', why: 'that a repeated request gets the same answer to the byte needs a client’s record: the fault suite brings one' },
  { id: 'I16', why: 'there are no coupons' },
]

function numberOf({ id }: { id: string }): number {
  return Number(id.slice(1))
}
