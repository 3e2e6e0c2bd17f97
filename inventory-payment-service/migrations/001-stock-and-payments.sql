create table products (
  sku text primary key,
  name text not null,
  category text not null,
  description text not null,
  unit_price bigint not null,          -- minor units
  currency text not null,
  tracks_stock bigint not null,        -- 0 or 1
  version bigint not null,
  search_text text not null            -- what a search looks through, lower case
);
create index products_name on products (name, sku);
create index products_category on products (category, name, sku);

create table stock_levels (            -- only products whose stock is tracked
  sku text primary key,
  on_hand bigint not null,
  reserved bigint not null,
  check (on_hand >= 0),
  check (reserved >= 0),
  check (reserved <= on_hand)          -- the last line against overselling
) /* sqlite: without rowid */;

create table stock_movements (         -- every change of on_hand, so that it can be recomputed
  id text primary key,
  request_key text not null unique,    -- who sent it and its Idempotency-Key
  sku text not null,
  kind text not null,
  quantity bigint not null,
  reason text not null,
  moved_by text not null,
  moved_at text not null
);
create index stock_movements_sku on stock_movements (sku);

create table checkouts (               -- one order's stock and payment
  order_id text primary key,
  status text not null,
  payment_id text not null,
  amount bigint not null,
  currency text not null,
  refunded bigint not null,
  token text,                          -- the provider's token, until the payment has an outcome
  attempts bigint not null,
  due_at text,                         -- when the provider is asked (again); null: nothing to ask
  cause text not null,                 -- JSON: the event and trace behind it
  updated_at text not null,
  units text not null                  -- JSON {sku: units still reserved}
);
create index checkouts_due on checkouts (due_at) where due_at is not null;

create table refunds (
  id text primary key,                 -- the return's id, or cancel-<order>
  order_id text not null,
  payment_id text not null,
  amount bigint not null,
  reverses bigint not null,            -- 1: the whole checkout is undone with it
  attempts bigint not null,
  due_at text,
  cause text not null,
  refunded_at text
);
create index refunds_due on refunds (due_at) where due_at is not null;
create index refunds_order on refunds (order_id);
