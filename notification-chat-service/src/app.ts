import { join } from 'node:path'
import { type Broker, openInbox } from '@order-flow/messaging'
import { Counter, Gauge, type Metrics, openDatabase, type Service } from '@order-flow/service-kit'
import { createChat } from './chat/chat.ts'
import type { Config } from './config.ts'
import { createFeed, createFeedSweeper, createPushDelay } from './feed.ts'
import type { LiveCounts } from './live/connection.ts'
import { createFeedReader } from './live/feed-reader.ts'
import { createHints } from './live/hints.ts'
import { createSockets } from './live/sockets.ts'
import { createTopics } from './live/topics.ts'
import { addRoutes } from './routes.ts'
import { createSubscriptions } from './subscriptions.ts'

export { Config } from './config.ts'

export const name = 'notification-chat-service'

const MIGRATIONS = join(import.meta.dirname, '..', 'migrations')

/** Wires the service: notifications from order events, conversations over HTTP, both live at `/ws`. */
export async function createApp(service: Service<Config>, { broker }: { broker: Broker }) {
  const { config, logger, closer, metrics, http, tokens } = service
  const db = await openDatabase(service, MIGRATIONS)

  const topics = createTopics()
  const onPushed = createPushDelay(metrics)
  // A database of its own is written to by this instance alone.
  const hints = db.shared ? createHints({ db, topics, logger, catchUpMs: config.live.catchUpMs, onPushed }) : undefined
  closer.defer(() => hints?.stop())
  const feed = createFeed({ topics, onPushed, onTold: hints?.send })
  const sweeper = createFeedSweeper({ db, logger, ...config.feed })
  closer.defer(() => sweeper.stop())

  const counts: LiveCounts = { framesSent: 0, pushesDropped: 0 }
  const sockets = createSockets({ reader: createFeedReader(db), topics, config: config.live, logger, tokens, counts, now: Date.now })
  http.server.on('upgrade', sockets.onUpgrade)
  // Before the server closes, which waits for its sockets; and also when it never came to listen.
  http.addHook('preClose', () => sockets.stop())
  closer.defer(() => sockets.stop())
  addLiveMetrics(metrics, counts, sockets.size)

  addRoutes(http, { db, chat: createChat({ db, feed, config: config.chat }), tokens })
  await openInbox(service, { db, broker, handlers: createSubscriptions({ feed, topics }) })
  hints?.start()
  sweeper.start()
  return {
    start: () => service.start(),
    stop: () => service.stop(),
    /** Takes no new sockets and asks the open ones to come back later; first thing of an orderly end. */
    closeSockets: () => sockets.stop(),
  }
}

function addLiveMetrics({ registry }: Metrics, counts: LiveCounts, socketsOpen: () => number): void {
  const registers = [registry]
  const open: Gauge = new Gauge({
    name: 'live_sockets_open',
    help: 'Open sockets.',
    registers,
    collect: () => open.set(socketsOpen()),
  })
  // Plain numbers on the way of every frame; made into metrics when somebody asks.
  const sent: Counter = new Counter({
    name: 'live_frames_sent_total',
    help: 'Frames given to sockets.',
    registers,
    collect: () => setCounter(sent, counts.framesSent),
  })
  const dropped: Counter = new Counter({
    name: 'live_pushes_dropped_total',
    help: 'Frames not sent because the client was too slow; it is closed and resumes.',
    registers,
    collect: () => setCounter(dropped, counts.pushesDropped),
  })
}

function setCounter(counter: Counter, value: number): void {
  counter.reset()
  counter.inc(value)
}
