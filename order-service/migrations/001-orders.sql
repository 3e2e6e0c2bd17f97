create table orders (
  id text primary key,                -- UUIDv7: newest first is "order by id desc"
  number text not null,               -- what people call it
  customer_id text not null,
  status text not null,
  version bigint not null,            -- rises by one with every change
  currency text not null,
  items_total bigint not null,        -- minor units
  total bigint not null,
  line_count bigint not null,
  payment_id text,
  reason text,
  detail text,
  attention text,                     -- JSON {reason, since}: waits longer than it should
  returned text not null,             -- JSON {lineNumber: units}
  refunded bigint not null,
  placed_at text not null,
  updated_at text not null,
  deadline_at text,                   -- when somebody should be told that it still waits
  lines text not null                 -- JSON, as ordered; never changes. Last, so that reading the rest skips it
);
create index orders_customer on orders (customer_id, id);
create index orders_deadline on orders (deadline_at) where deadline_at is not null;

create table order_events (
  order_id text not null,
  version bigint not null,
  type text not null,
  status text not null,
  at text not null,
  detail text,
  primary key (order_id, version)
) /* sqlite: without rowid */;

create table idempotency_keys (
  owner_id text not null,             -- who sent it: keys of different users never meet
  key text not null,
  fingerprint text not null,          -- hash of the body
  order_id text not null,
  created_at text not null,
  primary key (owner_id, key)
) /* sqlite: without rowid */;
create index idempotency_keys_created on idempotency_keys (created_at);

create table products (               -- this service's copy of the catalogue, kept by product.changed
  sku text primary key,
  name text not null,
  unit_price bigint not null,
  currency text not null,
  version bigint not null
);
