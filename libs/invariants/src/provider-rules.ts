import type { Rule } from './rule.ts'

const LEDGER = 'inventory_payment_service.provider_ledger'

/** I4, I5: the payment provider's own books say the same as ours. A payment of 0 never gets there. */
export const PROVIDER_RULES: readonly Rule[] = [
  {
    id: 'I4',
    rule: 'the provider has charged every order at most once',
    needs: LEDGER,
    wholeOnly: true,
    offenders: () => `select payment_key, count(*) as charges, sum(amount) as amount from ${LEDGER}
      where kind = 'charge' and status = 'captured' group by payment_key having count(*) > 1`,
  },
  {
    id: 'I4',
    rule: 'what the provider took is what the checkout says was paid, and it took nothing that was declined',
    needs: LEDGER,
    offenders: (span) => `with taken as (select payment_key, sum(amount) as amount, min(currency) as currency from ${LEDGER}
        where kind = 'charge' and status = 'captured' and ${span.recent('payment_key')} group by payment_key)
      select c.order_id, c.status, c.amount, t.amount as taken from inventory_payment_service.checkouts c
      left join taken t on t.payment_key = c.order_id
      where ${span.recent('c.order_id')} and (t.amount <> c.amount or t.currency <> c.currency or (t.amount is not null and c.status = 'declined')
        or (t.amount is null and c.amount > 0 and (c.status in ('paid', 'refunding') or c.refunded > 0)))`,
  },
  {
    id: 'I4',
    rule: 'the provider has given back what our refunds say, no refund twice, and no more than it took',
    needs: LEDGER,
    offenders: (span) => `with given as (select key, payment_key, amount from ${LEDGER}
        where kind = 'refund' and status = 'refunded' and ${span.recent('payment_key')})
      select r.order_id, r.id as refund, r.amount as asked, g.amount as given
        from inventory_payment_service.refunds r left join given g on g.key = r.id
        where ${span.recent('r.order_id')} and (g.amount <> r.amount or g.payment_key <> r.order_id or (g.key is null and r.refunded_at is not null))
      union all select g.payment_key, g.key, null, g.amount
        from given g left join inventory_payment_service.refunds r on r.id = g.key where r.id is null
      union all select g.payment_key, 'in all', sum(t.amount), g.amount
        from (select payment_key, sum(amount) as amount from given group by payment_key) g
        left join ${LEDGER} t on t.key = g.payment_key and t.kind = 'charge' and t.status = 'captured'
        group by g.payment_key, g.amount having g.amount > coalesce(sum(t.amount), 0)`,
  },
  {
    id: 'I5',
    rule: 'the provider has taken no money of which there is no checkout',
    needs: LEDGER,
    offenders: (span) => `select l.key, l.payment_key, l.amount from ${LEDGER} l
      left join inventory_payment_service.checkouts c on c.order_id = l.payment_key
      where l.kind = 'charge' and l.status = 'captured' and c.order_id is null and ${span.recent('l.payment_key')}`,
  },
  {
    id: 'I3',
    rule: 'the provider keeps the price of what confirmed orders kept, and nothing of any other order',
    needs: LEDGER,
    atRest: true,
    offenders: (
      span,
    ) => `with kept as (select payment_key, sum(case when kind = 'charge' then amount else -amount end) as amount from ${LEDGER}
        where status in ('captured', 'refunded') and ${span.recent('payment_key')} group by payment_key)
      select o.id, o.status, o.total, o.refunded, coalesce(k.amount, 0) as kept
      from order_service.orders o left join kept k on k.payment_key = o.id
      where ${span.recent('o.id')} and o.attention is null
        and coalesce(k.amount, 0) <> case when o.status = 'confirmed' then o.total - o.refunded else 0 end`,
  },
]
