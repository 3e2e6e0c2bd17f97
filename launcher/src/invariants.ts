import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { messageOf } from '@order-flow/service-kit'

/** One rule that must hold whatever has happened, as a query for what breaks it. Ids are those of the specification. */
interface Invariant {
  id: string
  rule: string
  /** Answers at most a few rows, each naming an offender; no rows: the rule holds. */
  offenders: string
  /** Holds only when nothing is under way. */
  atRest?: true
}

const INVARIANTS: readonly Invariant[] = [
  {
    id: 'I1',
    rule: 'no more is promised than there is, and what is promised is the sum of the open checkouts',
    offenders: `select s.sku, s.on_hand, s.reserved, coalesce(u.units, 0) as in_checkouts from stock.stock_levels s
      left join (select j.key as sku, sum(j.value) as units from stock.checkouts c, json_each(c.units) j group by j.key) u on u.sku = s.sku
      where s.on_hand < 0 or s.reserved > s.on_hand or s.reserved <> coalesce(u.units, 0)`,
  },
  {
    id: 'I2',
    rule: 'what is on hand is the sum of the movements',
    offenders: `select s.sku, s.on_hand, coalesce(m.moved, 0) as moved from stock.stock_levels s
      left join (select sku, sum(quantity) as moved from stock.stock_movements group by sku) m on m.sku = s.sku where s.on_hand <> coalesce(m.moved, 0)`,
  },
  {
    id: 'I3',
    rule: 'a payment is for the order’s total, and no more goes back than was taken',
    offenders: `select o.id, o.total, c.amount, c.refunded, o.refunded as told, coalesce(r.refunds, 0) as refunds from orders.orders o
      join stock.checkouts c on c.order_id = o.id
      left join (select order_id, sum(amount) as refunds from stock.refunds group by order_id) r on r.order_id = o.id
      where c.amount <> o.total or c.refunded > c.amount or coalesce(r.refunds, 0) <> c.refunded or o.refunded > c.refunded`,
  },
  {
    id: 'I3',
    rule: 'what an order says went back has gone back',
    atRest: true,
    offenders: `select o.id, o.refunded as told, c.refunded from orders.orders o join stock.checkouts c on c.order_id = o.id where o.refunded <> c.refunded`,
  },
  {
    id: 'I5',
    rule: 'no confirmed order without its payment',
    offenders: `select o.id, o.status, c.status as checkout from orders.orders o left join stock.checkouts c on c.order_id = o.id
      where o.status = 'confirmed' and (c.status is null or c.status not in ('paid', 'refunding', 'reversed'))`,
  },
  {
    id: 'I5',
    rule: 'no money without a confirmed order, and nothing promised to an ended one',
    atRest: true,
    offenders: `select o.id, o.status, c.status as checkout from stock.checkouts c left join orders.orders o on o.id = c.order_id
      where o.id is null or (c.status = 'paid') <> (o.status = 'confirmed') or (o.status in ('rejected', 'cancelled') and c.units <> '{}')`,
  },
  {
    id: 'I6',
    rule: 'no order waits silently',
    atRest: true,
    offenders: `select id, status, updated_at from orders.orders where status in ('placed', 'cancelling') and attention is null`,
  },
  {
    id: 'I7',
    rule: 'an order’s versions are 1..n without a gap, and its last entry is what it is',
    offenders: `select o.id, o.version, o.status, h.entries, h.last from orders.orders o
      join (select order_id, count(*) as entries, max(version) as last, min(version) as first from orders.order_events group by order_id) h on h.order_id = o.id
      join orders.order_events e on e.order_id = o.id and e.version = h.last
      where h.first <> 1 or h.entries <> h.last or h.last <> o.version or e.status <> o.status`,
  },
  {
    id: 'I7',
    rule: 'every step of every order is a legal one',
    offenders: `select e.order_id, p.status as was, e.status, e.version from orders.order_events e
      join orders.order_events p on p.order_id = e.order_id and p.version = e.version - 1
      where p.status || '>' || e.status not in ('placed>placed', 'placed>confirmed', 'placed>rejected', 'placed>cancelling', 'confirmed>confirmed',
        'confirmed>cancelling', 'cancelling>cancelling', 'cancelling>cancelled', 'cancelled>cancelled')`,
  },
  {
    id: 'I9',
    rule: 'everything committed has been published',
    atRest: true,
    offenders: `select 'orders' as outbox, id from orders.outbox union all select 'stock', id from stock.outbox`,
  },
  {
    id: 'I10',
    rule: 'no event is parked or waits behind a parked one',
    atRest: true,
    offenders: `select 'orders' as inbox, event_id, cause from orders.delayed_events union all select 'stock', event_id, cause from stock.delayed_events
      union all select 'notifications', event_id, cause from notifications.delayed_events`,
  },
  {
    id: 'I11',
    rule: 'no change of an order was notified twice, and none that did not happen',
    offenders: `select n.order_id, n.version, count(*) as notified, e.version as happened from
      (select event ->> '$.notification.orderId' as order_id, event ->> '$.notification.orderVersion' as version from notifications.feed
       where kind = 'notification') n
      left join orders.order_events e on e.order_id = n.order_id and e.version = n.version
      group by n.order_id, n.version having count(*) > 1 or e.version is null`,
  },
  {
    id: 'I11',
    rule: 'every change of an order was notified (while notifications are kept: 90 days)',
    atRest: true,
    offenders: `select e.order_id, e.version from orders.order_events e where e.at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-89 days')
      except select event ->> '$.notification.orderId', event ->> '$.notification.orderVersion' from notifications.feed where kind = 'notification'`,
  },
  {
    id: 'I12',
    rule: 'offsets of every topic and positions of every conversation have no gap',
    offenders: `select f.topic, f.rows, f.first, f.last, h.head from notifications.topic_heads h
        join (select topic, count(*) as rows, min(position) as first, max(position) as last from notifications.feed group by topic) f on f.topic = h.topic
        where f.last <> h.head or f.rows <> f.last - f.first + 1
      union all select m.conversation_id, m.rows, m.first, m.last, c.message_count from notifications.conversations c
        join (select conversation_id, count(*) as rows, min(position) as first, max(position) as last from notifications.messages group by conversation_id) m
          on m.conversation_id = c.id where m.first <> 1 or m.last <> c.message_count or m.rows <> m.last`,
  },
]

const MAX_SHOWN = 5

/** Opens the databases of a data folder, also of a running shop, for reading only. */
function openDatabases(dataDir: string): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  const files = {
    orders: 'order-service/order-service.db',
    stock: 'inventory-payment-service/inventory-payment-service.db',
    notifications: 'notification-chat-service/notification-chat-service.db',
  }
  for (const [name, file] of Object.entries(files)) {
    const path = join(dataDir, file)
    if (!existsSync(path)) throw new Error(`${path} does not exist: ${dataDir} is not the data folder of an Order Flow that has run.`)
    db.exec(`attach database 'file:${encodeURI(path)}?mode=ro' as ${name}`)
  }
  return db
}

/** Checks the rules; answers those that are broken, with offenders. `atRest`: nothing is under way. */
export function checkInvariants(dataDir: string, atRest: boolean): { invariant: Invariant; offenders: unknown[] }[] {
  const db = openDatabases(dataDir)
  try {
    // One snapshot for all rules would need one database; each rule reads its own.
    return INVARIANTS.filter((invariant) => atRest || !invariant.atRest)
      .map((invariant) => ({ invariant, offenders: db.prepare(`select * from (${invariant.offenders}) limit ${MAX_SHOWN}`).all() }))
      .filter(({ offenders }) => offenders.length > 0)
  } finally {
    db.close()
  }
}

function runCommand(): void {
  const { values } = parseArgs({ options: { data: { type: 'string' }, running: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help) {
    console.log(
      'Checks the rules that must always hold.\n\n  npm run invariants -- [--data DIR] [--running]\n\n  --running   only the rules that hold while orders are under way',
    )
    return
  }
  const broken = checkInvariants(resolve(values.data ?? 'data'), !values.running)
  for (const { invariant, offenders } of broken) {
    console.log(`BROKEN ${invariant.id}: ${invariant.rule}`)
    for (const offender of offenders) console.log(`  ${JSON.stringify(offender)}`)
  }
  const checked = INVARIANTS.filter((invariant) => !values.running || !invariant.atRest).length
  console.log(`${checked - broken.length} of ${checked} rules hold.`)
  if (broken.length > 0) process.exitCode = 1
}

if (import.meta.main) {
  try {
    runCommand()
  } catch (error) {
    console.error(messageOf(error))
    process.exitCode = 2
  }
}
