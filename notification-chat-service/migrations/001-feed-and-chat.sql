-- The last offset given in each topic. Outlives the feed's rows, so that offsets never start again.
create table topic_heads (
  topic text primary key,          -- user:<id> | support
  head bigint not null
) /* sqlite: without rowid */;

-- What was told in each topic: positions 1..n without gaps, oldest rows swept after the retention.
create table feed (
  topic text not null,
  position bigint not null,
  kind text not null,              -- notification | message
  event text not null,             -- the LiveEvent as JSON, as it goes out in the frame
  stored_at text not null,
  primary key (topic, position)
);
create index feed_stored_at on feed (stored_at);

-- Whose order is whose, so that a conversation can only be about one's own.
create table orders (
  order_id text primary key,
  number text not null,
  customer_id text not null
) /* sqlite: without rowid */;

create table conversations (
  id text primary key,
  customer_id text not null,
  order_id text,
  subject text not null,
  message_count bigint not null,
  last_message text not null,      -- its beginning, for lists
  last_message_at text not null,
  opened_at text not null
);
create index conversations_latest on conversations (last_message_at, id);
create index conversations_customer on conversations (customer_id, last_message_at, id);

create table messages (
  conversation_id text not null references conversations (id),
  position bigint not null,        -- 1..n without gaps
  id text not null,
  author_id text not null,
  author_role text not null,       -- customer | agent
  body text not null,
  client_id text not null,
  sent_at text not null,
  primary key (conversation_id, position)
);
create unique index messages_client_id on messages (author_id, client_id);
