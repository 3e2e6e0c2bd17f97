/** The tables of outbox and inbox, for a service's migrations. The same text on every engine. */
export const MESSAGING_MIGRATIONS = [
  {
    name: 'messaging-001-outbox-inbox',
    sql: `
create table outbox (
  id text primary key,           -- the event's id, UUIDv7: rises with time
  event text not null            -- the CloudEvent as JSON
);
create table inbox (
  event_id text primary key      -- an event whose effect is committed; UUIDv7, so its age can be told
) /* sqlite: without rowid */;
create table delayed_events (
  event_id text primary key,
  position bigint not null,      -- arrival order within a partition key
  partition_key text not null,
  event text not null,
  attempts bigint not null,      -- 0: has not been tried, waits behind an earlier one
  due_at text,                   -- null: parked, or waits behind an earlier one
  parked_at text,
  cause text
);
create index delayed_events_key on delayed_events (partition_key, position);
create index delayed_events_due on delayed_events (due_at);
`,
  },
  {
    name: 'messaging-002-outbox-position',
    // A database of one process: ids rise in the order of the commits. One that several share has clocks of several, so
    // rows get positions there, which rise along each key because its transactions follow each other.
    sql: `
alter table outbox rename to outbox_001;
create table outbox (
  /* postgres: position bigint generated always as identity primary key, */
  id text not null /* sqlite: primary key */,
  type text not null,
  partition_key text not null,
  event text not null            -- the CloudEvent as JSON
);
insert into outbox (id, type, partition_key, event)
  select id, event /* postgres: ::json */ ->> 'type', event /* postgres: ::json */ ->> 'partitionkey', event from outbox_001 order by id;
drop table outbox_001;
`,
  },
] as const
