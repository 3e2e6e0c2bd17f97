import { REMEMBERED_SECONDS } from './event-rules.ts'
import { json, type Rule, type Span } from './rule.ts'

/** Changes of orders that nobody was told of, among those that are told by now when nothing is under way. */
function untold(span: Span): string {
  return `union all select null, 'not told', null, null, order_id, version from (
      select order_id, version from order_service.order_events where at > ${span.ago(89 * 86_400)} and ${span.recent('order_id')}
      except select order_id, version from told) u`
}

/** I11, I12: everybody is told everything, once and in order. */
export const NOTIFICATION_RULES: readonly Rule[] = [
  {
    id: 'I11',
    rule: 'every event that was handled is told once, to the order’s customer and as it happened; at rest every change is told',
    // One statement, since reading what was told costs more than all else.
    offenders: (span) => `with documents as materialized (
        select topic, position, ${json('event')} -> 'notification' as document
        from notification_chat_service.feed where kind = 'notification' and ${span.recentTime('stored_at')}),
      told as materialized (
        select topic, position, document ->> 'id' as event_id, document ->> 'orderId' as order_id,
          cast(document ->> 'orderVersion' as bigint) as version, document ->> 'status' as status, document ->> 'eventType' as type
        from documents)
      select t.event_id, 'not as it happened' as what, t.topic, t.position, t.order_id, t.version
        from told t left join order_service.order_events e on e.order_id = t.order_id and e.version = t.version
        left join order_service.orders o on o.id = t.order_id
        where e.order_id is null or e.type <> t.type or e.status <> t.status or o.id is null or t.topic <> 'user:' || o.customer_id
      union all select max(event_id), 'told twice', min(topic), max(position), order_id, version
        from told group by order_id, version having count(*) > 1
      union all select t.event_id, 'not handled', t.topic, t.position, t.order_id, t.version
        from told t left join notification_chat_service.inbox i on i.event_id = t.event_id
        where i.event_id is null and ${span.recent('t.event_id')} and t.event_id >= ${span.idAgo(REMEMBERED_SECONDS)}
      union all select event_id, 'handled, not told', null, null, null, null from (
        select event_id from notification_chat_service.inbox where ${span.recent('event_id')} and event_id >= ${span.idAgo(REMEMBERED_SECONDS)}
        except select event_id from told) h
      ${span.atRest ? untold(span) : ''}`,
  },
  {
    id: 'I12',
    rule: 'the offsets of every topic have no gap',
    wholeOnly: true,
    offenders: () => `select f.topic, h.head, f.entries, f.first, f.last
      from (select topic, count(*) as entries, min(position) as first, max(position) as last
        from notification_chat_service.feed group by topic) f
      left join notification_chat_service.topic_heads h on h.topic = f.topic
      where h.topic is null or f.last <> h.head or f.entries <> f.last - f.first + 1`,
  },
  {
    id: 'I12',
    rule: 'the positions of every conversation are 1..n, and it is what its messages make of it',
    wholeOnly: true,
    offenders: () => `select c.id, c.message_count, m.entries, m.first, m.last
      from notification_chat_service.conversations c
      left join (select conversation_id, count(*) as entries, min(position) as first, max(position) as last, max(sent_at) as latest
        from notification_chat_service.messages group by conversation_id) m on m.conversation_id = c.id
      where m.entries is null or m.first <> 1 or m.last <> c.message_count or m.entries <> m.last or m.latest <> c.last_message_at`,
  },
  {
    id: 'I12',
    rule: 'every message was told to its customer and to support, once each (while the feed is kept: 90 days)',
    wholeOnly: true,
    offenders: (span) => `with told as (select ${json('event')} -> 'message' ->> 'id' as id, topic, count(*) as times
        from notification_chat_service.feed where kind = 'message' group by ${json('event')} -> 'message' ->> 'id', topic)
      select m.id, m.conversation_id, m.position, a.times as to_customer, b.times as to_support
      from notification_chat_service.messages m join notification_chat_service.conversations c on c.id = m.conversation_id
      left join told a on a.id = m.id and a.topic = 'user:' || c.customer_id
      left join told b on b.id = m.id and b.topic = 'support'
      where m.sent_at > ${span.ago(89 * 86_400)} and (coalesce(a.times, 0) <> 1 or coalesce(b.times, 0) <> 1)`,
  },
  {
    id: 'I12',
    rule: 'a conversation about an order is its customer’s',
    wholeOnly: true,
    offenders: () => `select c.id, c.order_id from notification_chat_service.conversations c
      left join notification_chat_service.orders o on o.order_id = c.order_id
      where c.order_id is not null and (o.order_id is null or o.customer_id <> c.customer_id)`,
  },
]
