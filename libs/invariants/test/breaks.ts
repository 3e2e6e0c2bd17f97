const O = 'order_service'
const S = 'inventory_payment_service'
const N = 'notification_chat_service'

/** Something that must not be, done by hand to the databases of a healthy shop, and the rules that are broken then. */
export interface Break {
  what: string
  sql: string
  /** `I1 no more is promised`: id and the beginning of each broken rule, no others. */
  breaks: readonly string[]
}

/** One order of a kind. */
const first = (where: string) => `(select min(o.id) from ${O}.orders o join ${S}.checkouts c on c.order_id = o.id where ${where})`
const CONFIRMED = first("o.status = 'confirmed' and o.returned = '{}'")
const RETURNED = first("o.status = 'confirmed' and o.returned <> '{}'")
const CANCELLED = first("o.status = 'cancelled' and c.refunded > 0")
const DECLINED = first("o.status = 'rejected' and c.status = 'declined'")
const OUT_OF_STOCK = `(select min(id) from ${O}.orders where reason = 'out_of_stock')`
const ONE_LOAF = `(select min(order_id) from ${S}.checkouts where units = '{"B":1}')`
const NOTE = `(select min(topic || '/' || position) from ${N}.feed where kind = 'notification' and event like '%"status":"confirmed"%')`
const LAST_NOTE = (topic: string) => `topic = '${topic}' and position = (select head from ${N}.topic_heads where topic = '${topic}')`
const GHOST = '01980000-0000-7000-8000-000000000000'

const OWN_PAYMENT = 'I5 no confirmed order without its own'
const KEEPS = 'I3 the provider keeps'
const PRICE_BACK = 'I3 the price of what came back'
const TAKEN = 'I4 what the provider took'
const TOLD = 'I11 every event that was handled'
const FOLD = 'I8 an order is what its history'

export const BREAKS: readonly Break[] = [
  {
    what: 'more is promised than there is',
    sql: `/* postgres: alter table ${S}.stock_levels drop constraint stock_levels_check; */
      update ${S}.stock_movements set quantity = (select reserved - 1 from ${S}.stock_levels where sku = 'B') where sku = 'B';
      update ${S}.stock_levels set on_hand = reserved - 1 where sku = 'B'`,
    breaks: ['I1 no more is promised'],
  },
  {
    what: 'a checkout lost a unit',
    sql: `update ${S}.checkouts set units = '{"B":1}' where order_id = (select min(order_id) from ${S}.checkouts where units = '{"B":2}')`,
    breaks: ['I1 what is promised'],
  },
  {
    what: 'a checkout holds what was never in the shop',
    sql: `update ${S}.checkouts set units = '{"B":1,"none":1}' where order_id = ${ONE_LOAF}`,
    breaks: ['I1 what is promised', 'I2 a checkout holds no more'],
  },
  {
    what: 'a movement was changed',
    sql: `update ${S}.stock_movements set quantity = quantity + 1 where sku = 'B'`,
    breaks: ['I2 what is on hand'],
  },
  {
    what: 'a counted product has no count',
    sql: `update ${S}.products set tracks_stock = 1 where sku = 'POST'`,
    breaks: ['I2 a product whose stock'],
  },
  {
    what: 'a checkout holds more than was ordered',
    sql: `update ${S}.checkouts set units = '{"B":2}' where order_id = ${ONE_LOAF};
      update ${S}.stock_levels set reserved = reserved + 1 where sku = 'B'`,
    breaks: ['I2 a checkout holds no more'],
  },
  {
    what: 'returned goods are still promised',
    sql: `update ${S}.checkouts set units = '{"A 1.5-x":3}' where order_id = ${RETURNED};
      update ${S}.stock_levels set reserved = reserved + 1 where sku = 'A 1.5-x'`,
    breaks: ['I2 goods that came back'],
  },
  {
    what: 'an order’s total is not that of its lines',
    sql: `update ${O}.orders set items_total = items_total + 1 where id = ${CONFIRMED}`,
    breaks: ['I3 an order’s total'],
  },
  {
    what: 'an order has no lines',
    sql: `update ${O}.orders set lines = '[]' where id = ${DECLINED}`,
    breaks: ['I3 an order’s total'],
  },
  {
    what: 'a line costs something else',
    sql: `update ${O}.orders set lines = replace(lines, '"unitPrice":300', '"unitPrice":301') where id = ${DECLINED}`,
    breaks: ['I3 an order’s total'],
  },
  {
    what: 'a payment is in another currency',
    sql: `update ${S}.checkouts set currency = 'USD' where order_id = ${CONFIRMED};
      update ${S}.provider_ledger set currency = 'USD' where payment_key = ${CONFIRMED}`,
    breaks: ['I3 a payment is for the order'],
  },
  {
    what: 'a refund is for more than its checkout says',
    sql: `update ${S}.refunds set amount = amount + 1 where order_id = ${RETURNED} and amount = 150;
      update ${S}.provider_ledger set amount = amount + 1 where payment_key = ${RETURNED} and kind = 'refund' and amount = 150`,
    breaks: ['I3 a payment is for the order', KEEPS],
  },
  {
    what: 'more came back than was sold',
    sql: `update ${O}.orders set returned = '{"1":99}' where id = ${CONFIRMED}`,
    breaks: ['I2 goods that came back', 'I3 no more comes back', PRICE_BACK],
  },
  {
    what: 'money went back for nothing',
    sql: `update ${O}.orders set returned = '{}' where id = ${RETURNED}`,
    breaks: ['I3 no more comes back', PRICE_BACK],
  },
  {
    what: 'an order does not say what went back',
    sql: `update ${O}.orders set refunded = refunded - 1 where id = ${RETURNED}`,
    breaks: [PRICE_BACK, KEEPS],
  },
  {
    what: 'a payment belongs to two orders',
    sql: `update ${S}.checkouts set payment_id = (select payment_id from ${S}.checkouts where order_id = ${CONFIRMED}) where order_id = ${DECLINED}`,
    breaks: ['I4 no payment belongs'],
  },
  {
    what: 'an order was charged twice',
    sql: `insert into ${S}.provider_ledger (key, kind, payment_key, amount, currency, status, created_at, settled_at)
      select 'again', kind, payment_key, amount, currency, status, created_at, settled_at from ${S}.provider_ledger where key = ${CONFIRMED}`,
    breaks: ['I4 the provider has charged', TAKEN, KEEPS],
  },
  {
    what: 'the provider took another currency',
    sql: `update ${S}.provider_ledger set currency = 'USD' where key = ${CONFIRMED}`,
    breaks: [TAKEN],
  },
  {
    what: 'the provider took what was declined',
    sql: `update ${S}.provider_ledger set status = 'captured' where key = ${DECLINED}`,
    breaks: [TAKEN, KEEPS],
  },
  {
    what: 'the provider gave money back that nobody asked it to',
    sql: `update ${S}.provider_ledger set key = 'other' where payment_key = ${RETURNED} and kind = 'refund' and amount = 150`,
    breaks: ['I4 the provider has given back'],
  },
  {
    what: 'the provider gave more back than it took',
    sql: `update ${S}.provider_ledger set amount = 1 where key = ${CANCELLED}`,
    breaks: [TAKEN, 'I4 the provider has given back', KEEPS],
  },
  {
    what: 'the provider took money of which there is no checkout',
    sql: `insert into ${S}.provider_ledger (key, kind, payment_key, amount, currency, status, created_at, settled_at)
      select '${GHOST}', kind, '${GHOST}', amount, currency, status, created_at, settled_at from ${S}.provider_ledger where key = ${CONFIRMED}`,
    breaks: ['I5 the provider has taken no money'],
  },
  {
    what: 'the provider keeps the money of a cancelled order',
    sql: `delete from ${S}.provider_ledger where payment_key = ${CANCELLED} and kind = 'refund'`,
    breaks: ['I4 the provider has given back', KEEPS],
  },
  {
    what: 'an order names another payment',
    sql: `update ${O}.orders set payment_id = 'other' where id = ${CONFIRMED}`,
    breaks: [OWN_PAYMENT],
  },
  {
    what: 'a checkout has no order',
    sql: `insert into ${S}.checkouts (order_id, status, payment_id, amount, currency, refunded, attempts, cause, updated_at, units)
      values ('${GHOST}', 'declined', 'p', 5, 'EUR', 0, 0, '{}', '2026-01-01T00:00:00.000Z', '{}')`,
    breaks: ['I5 no money without an order'],
  },
  {
    what: 'an order was rejected for a reason that is none',
    sql: `update ${O}.orders set reason = 'out_of_stock' where id = ${DECLINED}`,
    breaks: ['I5 every payment has its confirmed order'],
  },
  {
    what: 'an order is past its deadline',
    sql: `update ${O}.orders set deadline_at = '2020-01-01T00:00:00.000Z' where id = ${CONFIRMED}`,
    breaks: ['I6 no order is a minute past', FOLD],
  },
  {
    what: 'a cancellation is not carried out',
    sql: `delete from ${O}.order_events where order_id = ${CANCELLED} and type = 'io.orderflow.order.cancelled.v1';
      update ${O}.orders set status = 'cancelling', deadline_at = '2099-01-01T00:00:00.000Z' where id = ${CANCELLED}`,
    breaks: ['I6 no order waits', 'I7 an order’s versions', TOLD],
  },
  {
    what: 'there is a history without an order',
    sql: `insert into ${O}.order_events (order_id, version, type, status, at)
      values ('${GHOST}', 1, 'io.orderflow.order.placed.v1', 'placed', '2020-01-01T00:00:00.000Z')`,
    breaks: ['I7 an order’s versions'],
  },
  {
    what: 'an order has no history',
    sql: `delete from ${O}.order_events where order_id = ${CONFIRMED}`,
    breaks: ['I7 an order’s versions', TOLD, 'I14 every kept key'],
  },
  {
    what: 'an order took a step that there is not',
    sql: `update ${O}.order_events set type = 'io.orderflow.order.rejected.v1' where order_id = ${CANCELLED} and version = 2`,
    breaks: ['I7 every order begins', TOLD],
  },
  {
    what: 'an order is not what its history makes of it',
    sql: `update ${O}.orders set updated_at = '2099-01-01T00:00:00.000Z' where id = ${CONFIRMED}`,
    breaks: [FOLD],
  },
  {
    what: 'an order asks for attention without having said so',
    sql: `update ${O}.orders set attention = '{"reason":"r","since":"s"}' where id = ${CONFIRMED}`,
    breaks: [FOLD],
  },
  {
    what: 'the copy of the catalogue says something else',
    sql: `update ${O}.products set unit_price = unit_price + 1 where sku = 'POST'`,
    breaks: ['I8 order-service’s copy of the catalogue is not ahead'],
  },
  {
    what: 'a product is missing in the copy of the catalogue',
    sql: `delete from ${O}.products where sku = 'POST'`,
    breaks: ['I8 order-service’s copy of the catalogue is complete'],
  },
  {
    what: 'notifications know an order by another number',
    sql: `update ${N}.orders set number = 'X' where order_id = ${CONFIRMED}`,
    breaks: ['I8 notification-chat-service knows no order'],
  },
  {
    what: 'notifications do not know an order',
    sql: `delete from ${N}.orders where order_id = ${DECLINED}`,
    breaks: ['I8 notification-chat-service knows every order'],
  },
  {
    what: 'an event was not published',
    sql: `insert into ${S}.outbox (id, type, partition_key, event) values ('${GHOST}', 'io.orderflow.stock.rejected.v1', 'o', '{}')`,
    breaks: ['I9 everything committed'],
  },
  {
    what: 'an event is parked',
    sql: `insert into ${N}.delayed_events (event_id, position, partition_key, event, attempts) values ('${GHOST}', 1, 'o', '{}', 0)`,
    breaks: ['I9 no event waits'],
  },
  {
    what: 'an order never came to stock and payment',
    sql: `update ${O}.orders set reason = 'payment_declined' where id = ${OUT_OF_STOCK}`,
    breaks: ['I5 every payment has its confirmed order', 'I9 every order placed'],
  },
  {
    what: 'an effect has no handled event',
    sql: `delete from ${S}.inbox where event_id = (select cause /* postgres: ::json */ ->> 'id' from ${S}.checkouts where order_id = ${CONFIRMED})`,
    breaks: ['I10 every checkout and refund'],
  },
  {
    what: 'an event has made two checkouts',
    sql: `update ${S}.checkouts set cause = (select cause from ${S}.checkouts where order_id = ${CONFIRMED}) where order_id = ${DECLINED}`,
    breaks: ['I10 every checkout and refund'],
  },
  {
    what: 'a notification tells something else',
    sql: `update ${N}.feed set event = replace(event, '"status":"confirmed"', '"status":"rejected"') where topic || '/' || position = ${NOTE}`,
    breaks: [TOLD],
  },
  {
    what: 'a change is told twice',
    sql: `insert into ${N}.feed (topic, position, kind, event, stored_at)
        select topic, position + 1, kind, replace(event, '"id":"', '"id":"f'), stored_at from ${N}.feed where ${LAST_NOTE('user:c2')};
      insert into ${N}.inbox (event_id) select 'f' || (event /* postgres: ::json */ -> 'notification' ->> 'id') from ${N}.feed where ${LAST_NOTE('user:c2')};
      update ${N}.topic_heads set head = head + 1 where topic = 'user:c2'`,
    breaks: [TOLD],
  },
  {
    what: 'a notification comes of no handled event',
    sql: `delete from ${N}.inbox where event_id = (select event /* postgres: ::json */ -> 'notification' ->> 'id' from ${N}.feed where ${LAST_NOTE('user:c2')})`,
    breaks: [TOLD],
  },
  {
    what: 'a handled event was told to nobody, though it happened',
    sql: `delete from ${N}.feed where ${LAST_NOTE('user:c2')};
      update ${N}.topic_heads set head = head - 1 where topic = 'user:c2'`,
    breaks: [TOLD],
  },
  {
    what: 'a topic’s head is not its last offset',
    sql: `update ${N}.topic_heads set head = head + 1 where topic = 'user:c2'`,
    breaks: ['I12 the offsets of every topic'],
  },
  {
    what: 'a conversation counts a message too many',
    sql: `update ${N}.conversations set message_count = message_count + 1`,
    breaks: ['I12 the positions of every conversation'],
  },
  {
    what: 'support was not told of a message',
    sql: `delete from ${N}.feed where ${LAST_NOTE('support')};
      update ${N}.topic_heads set head = head - 1 where topic = 'support'`,
    breaks: ['I12 every message was told'],
  },
  {
    what: 'a conversation is about no order',
    sql: `update ${N}.conversations set order_id = '${GHOST}'`,
    breaks: ['I12 a conversation about an order'],
  },
  {
    what: 'an ended checkout holds stock',
    sql: `update ${S}.checkouts set units = '{"B":1}' where order_id = ${DECLINED};
      update ${S}.stock_levels set reserved = reserved + 1 where sku = 'B'`,
    breaks: ['I13 a checkout that has ended'],
  },
  {
    what: 'a checkout waits for its payment for ever',
    sql: `update ${S}.checkouts set status = 'reserved' where order_id = ${CONFIRMED}`,
    breaks: [OWN_PAYMENT, 'I13 no checkout of an order'],
  },
  {
    what: 'the provider is not asked',
    sql: `update ${S}.refunds set due_at = '2020-01-01T00:00:00.000Z' where order_id = ${RETURNED}`,
    breaks: ['I13 the provider is asked'],
  },
  {
    what: 'a second key leads to an order',
    sql: `insert into ${O}.idempotency_keys (owner_id, key, fingerprint, order_id, created_at)
      select owner_id, 'second', fingerprint, order_id, created_at from ${O}.idempotency_keys where order_id = ${CONFIRMED}`,
    breaks: ['I14 every kept key'],
  },
  {
    what: 'a key leads to no order',
    sql: `insert into ${O}.idempotency_keys (owner_id, key, fingerprint, order_id, created_at)
      select owner_id, 'second', fingerprint, '${GHOST}', created_at from ${O}.idempotency_keys where order_id = ${CONFIRMED}`,
    breaks: ['I14 every kept key'],
  },
  {
    what: 'an order in force has a refund that undoes it',
    sql: `update ${S}.refunds set reverses = 1 where order_id = ${RETURNED} and amount = 150`,
    breaks: ['I15 a checkout is undone'],
  },
  {
    what: 'a cancelled order was undone by nothing',
    sql: `delete from ${S}.refunds where order_id = ${CANCELLED} and reverses = 1`,
    breaks: ['I3 a payment is for the order', 'I4 the provider has given back', 'I15 a checkout is undone'],
  },
  {
    what: 'a refund waits',
    sql: `update ${S}.refunds set refunded_at = null where order_id = ${RETURNED} and amount = 150`,
    breaks: ['I15 no refund waits'],
  },
  {
    what: 'a card number stands in a history',
    sql: `update ${O}.order_events set detail = 'my card 4242 4242 4242 4242.' where order_id = ${CANCELLED} and detail = 'changed my mind'`,
    breaks: ['I17 no card number'],
  },
  {
    what: 'a token stands in a history',
    sql: `update ${O}.order_events set detail = 'the card tok_visa' where order_id = ${CANCELLED} and detail = 'changed my mind'`,
    breaks: ['I17 no payment’s token'],
  },
  {
    what: 'a token outlives its payment',
    sql: `update ${S}.checkouts set token = 'tok_visa' where order_id = ${CONFIRMED}`,
    breaks: ['I17 a payment’s token'],
  },
]
