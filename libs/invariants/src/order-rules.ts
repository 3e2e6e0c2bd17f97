import type { Rule } from './rule.ts'

/** Every step an order may take: what it was, the event, what it became. */
export const LEGAL_STEPS: readonly string[] = [
  'placed order.confirmed confirmed',
  'placed order.rejected rejected',
  'placed order.cancel_requested cancelling',
  'placed order.attention_raised placed',
  'confirmed order.cancel_requested cancelling',
  'confirmed order.returned confirmed',
  'confirmed order.refunded confirmed',
  'cancelling order.refunded cancelling',
  'cancelling order.attention_raised cancelling',
  'cancelling order.cancelled cancelled',
  'cancelled order.refunded cancelled',
]

const STEPS = LEGAL_STEPS.map((step) => {
  const [was, event, becomes] = step.split(' ')
  return `'${was} io.orderflow.${event}.v1 ${becomes}'`
}).join(', ')

/** I6, I7, I8, I14: every order's life, and what others keep of it. */
export const ORDER_RULES: readonly Rule[] = [
  {
    id: 'I6',
    rule: 'no order is a minute past its deadline without asking for attention',
    offenders: (span) =>
      `select id, status, deadline_at from order_service.orders where deadline_at is not null and deadline_at < ${span.ago(60)}`,
  },
  {
    id: 'I6',
    rule: 'no order waits without asking for attention',
    atRest: true,
    offenders: (span) => `select id, status, updated_at from order_service.orders
      where status in ('placed', 'cancelling') and attention is null and ${span.recent('id')}`,
  },
  {
    id: 'I7',
    rule: 'an order’s versions are 1..n without a gap, and there is no history without an order',
    offenders: (span) => `select h.order_id, o.version, h.entries, h.first, h.last
        from (select order_id, count(*) as entries, max(version) as last, min(version) as first
          from order_service.order_events where ${span.recent('order_id')} group by order_id) h
        left join order_service.orders o on o.id = h.order_id
        where o.id is null or h.first <> 1 or h.entries <> h.last or h.last <> o.version
      union all select o.id, o.version, 0, null, null
        from order_service.orders o left join order_service.order_events e on e.order_id = o.id and e.version = 1
        where e.order_id is null and ${span.recent('o.id')}`,
  },
  {
    id: 'I7',
    rule: 'every order begins by being placed, and every step of it is a legal one',
    offenders: (span) => `select e.order_id, e.version, p.status as was, e.type, e.status
      from order_service.order_events e
      left join order_service.order_events p on p.order_id = e.order_id and p.version = e.version - 1
      where ${span.recent('e.order_id')} and case when e.version = 1 then e.type <> 'io.orderflow.order.placed.v1' or e.status <> 'placed'
        else p.status || ' ' || e.type || ' ' || e.status not in (${STEPS}) end`,
  },
  {
    id: 'I8',
    rule: 'an order is what its history makes of it',
    offenders: (span) => `select o.id, o.status, e.status as told, o.version, o.updated_at, e.at, e.type
      from order_service.orders o join order_service.order_events e on e.order_id = o.id and e.version = o.version
      join order_service.order_events b on b.order_id = o.id and b.version = 1
      where ${span.recent('o.id')} and (e.status <> o.status or e.at <> o.updated_at or b.at <> o.placed_at
        or (o.attention is null) <> (e.type <> 'io.orderflow.order.attention_raised.v1')
        or (o.reason is null) <> (o.status <> 'rejected') or (o.payment_id is null) <> (o.status <> 'confirmed')
        or (o.deadline_at is null) <> (o.status not in ('placed', 'cancelling') or o.attention is not null))`,
  },
  {
    id: 'I8',
    rule: 'order-service’s copy of the catalogue is not ahead of it, and of one version they say the same',
    offenders: () => `select c.sku, c.version as copy, p.version as catalogue
      from order_service.products c left join inventory_payment_service.products p on p.sku = c.sku
      where p.sku is null or c.version > p.version
        or (c.version = p.version and (c.name <> p.name or c.unit_price <> p.unit_price or c.currency <> p.currency))`,
  },
  {
    id: 'I8',
    rule: 'order-service’s copy of the catalogue is complete',
    atRest: true,
    offenders: () => `select p.sku, c.version as copy, p.version as catalogue
      from inventory_payment_service.products p left join order_service.products c on c.sku = p.sku
      where c.sku is null or c.version <> p.version`,
  },
  {
    id: 'I8',
    rule: 'notification-chat-service knows no order that there is not, and of each what order-service does',
    offenders: (span) => `select k.order_id from notification_chat_service.orders k left join order_service.orders o on o.id = k.order_id
      where ${span.recent('k.order_id')} and (o.id is null or o.number <> k.number or o.customer_id <> k.customer_id)`,
  },
  {
    id: 'I8',
    rule: 'notification-chat-service knows every order',
    atRest: true,
    offenders: (span) => `select o.id from order_service.orders o left join notification_chat_service.orders k on k.order_id = o.id
      where k.order_id is null and ${span.recent('o.id')}`,
  },
  {
    id: 'I14',
    rule: 'every kept key of a request leads to an order, and every order has one for its placing and one for each return',
    // Keys are forgotten oldest first, so an order that is no older than the oldest key still has all of its own.
    offenders: (span) => `select g.order_id, g.keys, g.requests from (
        select order_id, sum(key) as keys, sum(request) as requests from (
          select order_id, 1 as key, 0 as request from order_service.idempotency_keys where ${span.recent('order_id')}
          union all select order_id, 0, 1 from order_service.order_events
            where type in ('io.orderflow.order.placed.v1', 'io.orderflow.order.returned.v1') and ${span.recent('order_id')}) u
        group by order_id having sum(key) <> sum(request)) g
      left join order_service.orders o on o.id = g.order_id
      where (o.id is null and g.keys > 0) or o.placed_at >= (select min(created_at) from order_service.idempotency_keys)`,
  },
]
