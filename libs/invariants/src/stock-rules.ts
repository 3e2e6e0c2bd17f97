import { json, line, lines, pairs, type Rule } from './rule.ts'

/** Units that open checkouts hold, by SKU. */
const PROMISED = `select j.key as sku, sum(cast(j.value as bigint)) as units
  from inventory_payment_service.checkouts c, ${pairs('c.units')} as j group by j.key`

/** I1, I2, I13: stock is neither oversold nor lost, and nothing is promised for ever. */
export const STOCK_RULES: readonly Rule[] = [
  {
    id: 'I1',
    rule: 'no more is promised than there is',
    offenders: () => `select sku, on_hand, reserved from inventory_payment_service.stock_levels
      where on_hand < 0 or reserved < 0 or reserved > on_hand`,
  },
  {
    id: 'I1',
    rule: 'what is promised is the sum of what the checkouts hold',
    wholeOnly: true,
    offenders: () => `with promised as (${PROMISED})
      select s.sku, s.reserved, coalesce(p.units, 0) as in_checkouts
        from inventory_payment_service.stock_levels s left join promised p on p.sku = s.sku where s.reserved <> coalesce(p.units, 0)
      union all select p.sku, null, p.units
        from promised p left join inventory_payment_service.stock_levels s on s.sku = p.sku where s.sku is null`,
  },
  {
    id: 'I2',
    rule: 'what is on hand is the sum of the movements',
    wholeOnly: true,
    offenders: () => `with moved as (select sku, sum(quantity) as units from inventory_payment_service.stock_movements group by sku)
      select s.sku, s.on_hand, coalesce(m.units, 0) as moved
        from inventory_payment_service.stock_levels s left join moved m on m.sku = s.sku where s.on_hand <> coalesce(m.units, 0)
      union all select m.sku, null, m.units
        from moved m left join inventory_payment_service.stock_levels s on s.sku = m.sku where s.sku is null`,
  },
  {
    id: 'I2',
    rule: 'a product whose stock is counted has a count',
    offenders: () => `select p.sku from inventory_payment_service.products p
      left join inventory_payment_service.stock_levels s on s.sku = p.sku where p.tracks_stock = 1 and s.sku is null`,
  },
  {
    id: 'I2',
    rule: 'a checkout holds no more of anything than was ordered',
    offenders: (span) => `select order_id, sku, sum(held) as held, sum(ordered) as ordered from (
        select c.order_id, j.key as sku, cast(j.value as bigint) as held, 0 as ordered
        from inventory_payment_service.checkouts c, ${pairs('c.units')} as j where ${span.recent('c.order_id')}
        union all select o.id, ${line('sku')}, 0, ${line('quantity')}
        from order_service.orders o, ${lines('o.lines')} where ${span.recent('o.id')}) u
      group by order_id, sku having sum(held) > sum(ordered) or sum(held) < 0`,
  },
  {
    id: 'I2',
    rule: 'goods that came back are for sale again, once',
    atRest: true,
    // Lines of products whose stock is not counted hold nothing, so only what is held can be compared.
    offenders: (span) => `with sold as (
        select o.id, ${line('sku')} as sku, ${line('quantity')} as ordered,
          coalesce(cast(${json('o.returned')} ->> cast(${line('lineNumber')} as text) as bigint), 0) as returned
        from order_service.orders o, ${lines('o.lines')}
        where o.status = 'confirmed' and o.returned <> '{}' and ${span.recent('o.id')}),
      due as (select id, sku, sum(ordered) - sum(returned) as units from sold group by id, sku)
      select d.id as order_id, d.sku, d.units as due, cast(${json('c.units')} ->> d.sku as bigint) as held
      from due d join inventory_payment_service.checkouts c on c.order_id = d.id
      where ${json('c.units')} ->> d.sku is not null and cast(${json('c.units')} ->> d.sku as bigint) <> d.units`,
  },
  {
    id: 'I13',
    rule: 'a checkout that has ended holds nothing',
    offenders: (span) => `select order_id, status, units from inventory_payment_service.checkouts
      where status in ('declined', 'reversed') and units <> '{}' and ${span.recent('order_id')}`,
  },
  {
    id: 'I13',
    rule: 'no checkout of an order that does not ask for attention waits for its payment',
    atRest: true,
    offenders: (span) => `select c.order_id, c.status, c.due_at from inventory_payment_service.checkouts c
      left join order_service.orders o on o.id = c.order_id
      where c.status in ('reserved', 'cancelling', 'refunding') and o.attention is null and ${span.recent('c.order_id')}`,
  },
  {
    id: 'I13',
    rule: 'the provider is asked for every payment and refund within 5 minutes of its time',
    offenders: (
      span,
    ) => `select 'payment' as kind, order_id, due_at from inventory_payment_service.checkouts where due_at < ${span.ago(300)}
      union all select 'refund', order_id, due_at from inventory_payment_service.refunds where due_at < ${span.ago(300)}`,
  },
]
