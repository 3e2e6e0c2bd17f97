import { line, lines, pairs, type Rule, type Span } from './rule.ts'

/** What the goods that came back had cost, by order. */
function returnedValues(span: Span): string {
  return `select o.id, sum(cast(r.value as bigint) * ${line('unitPrice')}) as amount
    from order_service.orders o, ${pairs('o.returned')} as r, ${lines('o.lines')}
    where o.returned <> '{}' and ${line('lineNumber')} = cast(r.key as bigint) and ${span.recent('o.id')} group by o.id`
}

/** I3, I4, I5, I15: money and orders agree. */
export const MONEY_RULES: readonly Rule[] = [
  {
    id: 'I3',
    rule: 'an order’s total is the sum of its lines',
    offenders: (span) => `select o.id, o.total, o.items_total, o.line_count, count(${line('sku')}) as lines,
        coalesce(sum(${line('lineTotal')}), 0) as line_totals
      from order_service.orders o left join ${lines('o.lines')} on true where ${span.recent('o.id')}
      group by o.id, o.total, o.items_total, o.line_count
      having o.total <> o.items_total or o.line_count <> count(${line('sku')}) or o.items_total <> coalesce(sum(${line('lineTotal')}), 0)
        or sum(abs(${line('quantity')} * ${line('unitPrice')} - ${line('lineTotal')})) <> 0`,
  },
  {
    id: 'I3',
    rule: 'a payment is for the order’s total, and what goes back is the sum of its refunds and no more than was paid',
    offenders: (span) => `select o.id, o.total, c.amount, c.refunded, coalesce(r.refunds, 0) as refunds, o.refunded as told
      from order_service.orders o join inventory_payment_service.checkouts c on c.order_id = o.id
      left join (select order_id, sum(amount) as refunds, min(amount) as least from inventory_payment_service.refunds
        where ${span.recent('order_id')} group by order_id) r on r.order_id = o.id
      where ${span.recent('o.id')} and (c.amount <> o.total or c.currency <> o.currency or c.refunded < 0 or c.refunded > c.amount
        or coalesce(r.refunds, 0) <> c.refunded or r.least <= 0 or o.refunded > c.refunded)`,
  },
  {
    id: 'I3',
    rule: 'no more comes back than was sold, and of a confirmed order no more money goes back than that had cost',
    offenders: (span) => `with returned as (${returnedValues(span)})
      select o.id, 'units' as what, cast(r.value as bigint) as returned, ${line('quantity')} as paid
        from order_service.orders o, ${pairs('o.returned')} as r, ${lines('o.lines')}
        where o.returned <> '{}' and ${line('lineNumber')} = cast(r.key as bigint) and ${span.recent('o.id')}
          and cast(r.value as bigint) > ${line('quantity')}
      union all select o.id, 'money', c.refunded, coalesce(v.amount, 0)
        from inventory_payment_service.checkouts c join order_service.orders o on o.id = c.order_id left join returned v on v.id = o.id
        where c.refunded > 0 and o.status = 'confirmed' and c.refunded > coalesce(v.amount, 0) and ${span.recent('c.order_id')}`,
  },
  {
    id: 'I3',
    rule: 'the price of what came back has gone back, the order says so, and of a cancelled order nothing is kept',
    atRest: true,
    offenders: (span) => `with returned as (${returnedValues(span)})
      select o.id, o.status, o.refunded as told, c.refunded, coalesce(v.amount, 0) as returned
      from order_service.orders o join inventory_payment_service.checkouts c on c.order_id = o.id left join returned v on v.id = o.id
      where ${span.recent('o.id')} and (o.refunded <> c.refunded or (o.status = 'confirmed' and c.refunded <> coalesce(v.amount, 0))
        or (o.status = 'cancelled' and c.refunded not in (0, c.amount)) or (o.status = 'rejected' and c.refunded <> 0))`,
  },
  {
    id: 'I4',
    rule: 'no payment belongs to two orders',
    wholeOnly: true,
    offenders: () => `select payment_id, count(*) as orders, min(order_id) as first, max(order_id) as last
      from inventory_payment_service.checkouts group by payment_id having count(*) > 1`,
  },
  {
    id: 'I5',
    rule: 'no confirmed order without its own payment',
    offenders: (span) => `select o.id, o.status, o.payment_id, c.status as checkout, c.payment_id as paid
      from order_service.orders o left join inventory_payment_service.checkouts c on c.order_id = o.id
      where o.status = 'confirmed' and ${span.recent('o.id')}
        and (c.status is null or c.status <> 'paid' or o.payment_id is null or o.payment_id <> c.payment_id)`,
  },
  {
    id: 'I5',
    rule: 'no money without an order, and none kept for one that was rejected or cancelled',
    offenders: (span) => `select c.order_id, o.status, c.status as checkout
      from inventory_payment_service.checkouts c left join order_service.orders o on o.id = c.order_id
      where ${span.recent('c.order_id')} and (o.id is null or (o.status = 'rejected' and c.status <> 'declined')
        or (o.status = 'cancelled' and c.status not in ('declined', 'reversed')))`,
  },
  {
    id: 'I5',
    rule: 'every payment has its confirmed order, every order that came to nothing its reason',
    atRest: true,
    offenders: (span) => `select o.id, o.status, o.reason, c.status as checkout
      from order_service.orders o left join inventory_payment_service.checkouts c on c.order_id = o.id
      where ${span.recent('o.id')} and o.attention is null and ((c.status = 'paid' and o.status <> 'confirmed')
        or (c.status = 'declined' and o.status not in ('rejected', 'cancelled'))
        or (o.status = 'rejected' and (o.reason = 'out_of_stock') <> (c.status is null)))`,
  },
  {
    id: 'I15',
    rule: 'a checkout is undone by one refund of all that was still paid, which only an undone one has',
    offenders: (span) => `select c.order_id, c.status, c.amount, c.refunded, r.undoing, r.open
      from inventory_payment_service.checkouts c
      left join (select order_id, sum(reverses) as undoing, sum(case when reverses = 1 and refunded_at is null then 1 else 0 end) as open,
          sum(case when reverses = 0 then amount else 0 end) as returned
        from inventory_payment_service.refunds where ${span.recent('order_id')} group by order_id) r on r.order_id = c.order_id
      where ${span.recent('c.order_id')} and case c.status
        when 'refunding' then coalesce(r.undoing, 0) <> 1 or r.open <> 1 or c.refunded <> c.amount
        when 'reversed' then c.refunded > 0 and (c.refunded <> c.amount or r.open > 0
          or coalesce(r.undoing, 0) <> case when r.returned < c.amount then 1 else 0 end)
        else coalesce(r.undoing, 0) > 0 end`,
  },
  {
    id: 'I15',
    rule: 'no refund waits, and every return has led to one answer',
    atRest: true,
    offenders: (span) => `select order_id, id as refund, 'is due' as what, due_at as detail from inventory_payment_service.refunds
        where refunded_at is null and ${span.recent('order_id')}
      union all select order_id, null, 'returns and refunds differ', null from order_service.order_events
        where type in ('io.orderflow.order.returned.v1', 'io.orderflow.order.refunded.v1') and ${span.recent('order_id')}
        group by order_id having sum(case when type = 'io.orderflow.order.returned.v1' then 1 else -1 end) <> 0`,
  },
]
