-- The books of the simulated payment provider, which stands for a company outside: written in transactions of its own,
-- never in those of the service. A real provider has them elsewhere. An order of 0 never gets here.
create table provider_ledger (
  key text primary key,                -- the call's: the order's id for a charge, the return's id or cancel-<order> for a refund
  kind text not null,                  -- charge | refund
  payment_key text not null,           -- the key of the charge: the order's id
  amount bigint not null,              -- minor units
  currency text not null,
  status text not null,                -- captured | declined | refunded
  code text,                           -- why it was declined
  created_at text not null,
  settled_at text not null             -- until then the provider only says that it is still at work
) /* sqlite: without rowid */;
create index provider_ledger_refunds on provider_ledger (payment_key) where kind = 'refund';

-- What the provider took and gave back while it kept no books.
insert into provider_ledger (key, kind, payment_key, amount, currency, status, created_at, settled_at)
  select order_id, 'charge', order_id, amount, currency, 'captured', updated_at, updated_at from checkouts
  where amount > 0 and (status in ('paid', 'refunding') or (status = 'reversed' and refunded > 0));
insert into provider_ledger (key, kind, payment_key, amount, currency, status, created_at, settled_at)
  select r.id, 'refund', r.order_id, r.amount, c.currency, 'refunded', r.refunded_at, r.refunded_at
  from refunds r join checkouts c on c.order_id = r.order_id where r.refunded_at is not null;
