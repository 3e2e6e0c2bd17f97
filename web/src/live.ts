import { createLiveConnection, type LiveState } from '@order-flow/client'
import type { Account, LiveEvent } from '@order-flow/contracts'
import type { QueryClient } from '@tanstack/react-query'
import { applyMessage, applyNotification, reloadTopic } from './live-cache.ts'
import { keys, meQuery } from './queries.ts'
import { createStore } from './store.ts'

const state = createStore<LiveState>('idle')

/** How the page's one socket is doing; pages read again now and then while it is not `live`. */
export const useLiveState = state.use

interface LiveDependencies {
  queries: QueryClient
  account: Account
  /** Called after the cache has been told. */
  onEvent: (event: LiveEvent) => void
}

/** Keeps the cache up to date for the signed-in account until the answer is called. */
export function followLive({ queries, account, onEvent }: LiveDependencies): () => void {
  const live = createLiveConnection({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
    onEvent({ event, offset }) {
      void applyEvent(queries, event, offset ?? 0).then(() => onEvent(event))
    },
    onReload: (topic) => void reloadTopic(queries, topic),
    onState(next) {
      state.set(next)
      if (next === 'signed_out') queries.setQueryData(keys.me, null)
    },
    renew: async () => (await queries.fetchQuery({ ...meQuery, staleTime: 0 })) !== null,
  })
  live.subscribe('user:me')
  if (account.roles.includes('agent')) live.subscribe('support')
  live.start()
  const wake = () => live.wake()
  window.addEventListener('online', wake)
  document.addEventListener('visibilitychange', wake)
  return () => {
    window.removeEventListener('online', wake)
    document.removeEventListener('visibilitychange', wake)
    live.stop()
  }
}

function applyEvent(queries: QueryClient, event: LiveEvent, offset: number): Promise<void> {
  return event.kind === 'notification'
    ? applyNotification(queries, event.notification, offset)
    : applyMessage(queries, event.message, event.conversation)
}
