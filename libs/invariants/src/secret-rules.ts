import { json, type OffenderRow, type Rule, type Span } from './rule.ts'

/** 13 to 19 digits that stand alone, or four groups of four: what a card number looks like, to both engines. */
const CARD_NUMBER = '(?:^|[^0-9A-Za-z.-])[3-6](?:[0-9]{12,18}|[0-9]{3}(?:[ -][0-9]{4}){3})(?:$|[^0-9A-Za-z-])'
const PLACED = 'io.orderflow.order.placed.v1'

/** One kind of text that our own code writes: where it is, whose it is, and whether a payment's token belongs there. */
function text(place: string, { id, column, where, tokens = '0' }: { id: string; column: string; where: string; tokens?: string }): string {
  return `select '${place}.${column}' as place, ${id} as id, ${column} as text, ${tokens} as tokens from ${place} where ${column} is not null and ${where}`
}

/** Everything written of orders, but for what people say to each other in conversations. */
function writtenTexts(span: Span): string {
  const inboxes = ['order_service', 'inventory_payment_service', 'notification_chat_service'].flatMap((schema) => [
    text(`${schema}.outbox`, { id: 'id', column: 'event', where: 'true', tokens: `case when type = '${PLACED}' then 1 else 0 end` }),
    text(`${schema}.delayed_events`, {
      id: 'event_id',
      column: 'event',
      where: 'true',
      tokens: `case when ${json('event')} ->> 'type' = '${PLACED}' then 1 else 0 end`,
    }),
    text(`${schema}.delayed_events`, { id: 'event_id', column: 'cause', where: 'true' }),
  ])
  return [
    text('order_service.orders', { id: 'id', column: 'lines', where: span.recent('id') }),
    text('order_service.orders', { id: 'id', column: 'detail', where: span.recent('id') }),
    text('order_service.orders', { id: 'id', column: 'attention', where: span.recent('id') }),
    text('order_service.order_events', { id: 'order_id', column: 'detail', where: span.recent('order_id') }),
    text('order_service.idempotency_keys', { id: 'order_id', column: 'fingerprint', where: span.recent('order_id') }),
    text('inventory_payment_service.checkouts', { id: 'order_id', column: 'cause', where: span.recent('order_id') }),
    text('inventory_payment_service.refunds', { id: 'order_id', column: 'cause', where: span.recent('order_id') }),
    text('notification_chat_service.feed', {
      id: 'topic',
      column: 'event',
      where: `kind = 'notification' and ${span.recentTime('stored_at')}`,
    }),
    ...inboxes,
  ].join('\n union all ')
}

/** I17: no secrets where they could be read. */
export const SECRET_RULES: readonly Rule[] = [
  {
    id: 'I17',
    rule: 'no card number stands in orders, events, notifications or dead letters',
    offenders: (span) => `select place, id, regexp_substr(text, '${CARD_NUMBER}') as digits
      from (${writtenTexts(span)}) t where regexp_like(text, '${CARD_NUMBER}')`,
    isOffender: (row) => passesLuhn(String(row.digits)),
  },
  {
    id: 'I17',
    rule: 'no payment’s token stands in them, but in the order.placed events that carry it to the payment',
    offenders: (span) => `select place, id from (${writtenTexts(span)}) t
      where tokens = 0 and /* sqlite: instr */ /* postgres: strpos */ (text, 'tok_') > 0`,
  },
  {
    id: 'I17',
    rule: 'a payment’s token is forgotten once the payment has an outcome',
    offenders: (span) => `select order_id, status from inventory_payment_service.checkouts
      where token is not null and status not in ('reserved', 'cancelling') and ${span.recent('order_id')}`,
  },
]

/** The check digit of card numbers, which one of ten other numbers also passes. */
export function passesLuhn(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '')
  let sum = 0
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1)
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

/** What may be shown of an offender: a found card number is not. */
export function withoutDigits({ digits: _digits, ...row }: OffenderRow): OffenderRow {
  return row
}
