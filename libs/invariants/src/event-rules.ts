import { json, type Rule } from './rule.ts'

const SERVICES = ['order_service', 'inventory_payment_service', 'notification_chat_service'] as const
/** Inboxes forget the ids of events that are 7 days old. */
export const REMEMBERED_SECONDS = 6 * 86_400

function inEachService(select: (schema: string) => string): string {
  return SERVICES.map(select).join(' union all ')
}

/** I9, I10: every event arrives and has its effect once. That notifications are such effects, I11 checks with their content. */
export const EVENT_RULES: readonly Rule[] = [
  {
    id: 'I9',
    rule: 'everything committed has been published',
    atRest: true,
    offenders: () => inEachService((schema) => `select '${schema}' as outbox, id from ${schema}.outbox`),
  },
  {
    id: 'I9',
    rule: 'no event waits for another try, is parked, or waits behind a parked one',
    atRest: true,
    offenders: () =>
      inEachService((schema) => `select '${schema}' as inbox, event_id, partition_key, attempts, parked_at from ${schema}.delayed_events`),
  },
  {
    id: 'I9',
    rule: 'every order placed has come to stock and payment',
    atRest: true,
    offenders: (span) => `select o.id, o.status, o.reason from order_service.orders o
      left join inventory_payment_service.checkouts c on c.order_id = o.id
      where c.order_id is null and o.attention is null and o.status <> 'cancelled' and ${span.recent('o.id')}
        and (o.status <> 'rejected' or o.reason <> 'out_of_stock')`,
  },
  {
    id: 'I10',
    rule: 'every checkout and refund comes of an event that was handled, and no two checkouts of one',
    offenders: (span) => `with effects as materialized (
        select 'checkout' as effect, order_id, ${json('cause')} ->> 'id' as event_id
          from inventory_payment_service.checkouts where ${span.recent('order_id')}
        union all select 'refund', order_id, ${json('cause')} ->> 'id'
          from inventory_payment_service.refunds where ${span.recent('order_id')})
      select e.event_id, e.effect, e.order_id, null as other_order from effects e
        left join inventory_payment_service.inbox i on i.event_id = e.event_id
        where i.event_id is null and e.event_id >= ${span.idAgo(REMEMBERED_SECONDS)}
      union all select event_id, 'checkouts', min(order_id), max(order_id) from effects
        where effect = 'checkout' and event_id is not null group by event_id having count(*) > 1`,
  },
]
