import { useInfiniteQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { conversationsQuery } from '../../queries.ts'
import { BackIcon, CloseIcon } from '../../ui/icons.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { ConversationList } from './ConversationList.tsx'
import { type ChatOrder, NewConversation } from './NewConversation.tsx'
import { Thread } from './Thread.tsx'

/** `latest`: the conversation about this order (or about none), or a new one when there is none yet. */
type View = { kind: 'latest' } | { kind: 'list' } | { kind: 'new' } | { kind: 'thread'; conversationId: string }

const ROUND = 'grid size-10 place-items-center rounded-full text-soft hover:bg-sunken hover:text-ink'

/** The customer's chat with support, over the corner of the page; the whole page on a phone. */
export function ChatPanel({ order, onClose }: { order: ChatOrder | undefined; onClose: () => void }) {
  const { t } = useTranslation()
  const [view, setView] = useState<View>({ kind: 'latest' })
  const conversations = useInfiniteQuery(conversationsQuery).data?.pages.flatMap((page) => page.conversations) ?? []
  const latest = conversations.find((conversation) => conversation.orderId === (order?.id ?? null))
  const shown: View = view.kind === 'latest' && latest ? { kind: 'thread', conversationId: latest.id } : view
  const current = shown.kind === 'thread' ? conversations.find((conversation) => conversation.id === shown.conversationId) : undefined
  const title = order && shown.kind !== 'list' ? t('chat.aboutOrder', { number: order.number }) : t('chat.title')
  useReturnOfFocus()

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose()
  }
  return (
    <section
      role="dialog"
      aria-label={t('chat.title')}
      data-testid="chat-panel"
      onKeyDown={onKeyDown}
      className="fixed inset-0 z-40 flex animate-rise flex-col overflow-hidden bg-surface sm:inset-auto sm:right-5 sm:bottom-5 sm:h-[min(36rem,calc(100dvh-6rem))] sm:w-96 sm:rounded-3xl sm:border sm:border-line sm:shadow-card"
    >
      <header className="flex items-center gap-1 border-line border-b px-2 py-2">
        {shown.kind === 'list' ? null : (
          <button
            type="button"
            aria-label={t('chat.all')}
            title={t('chat.all')}
            className={ROUND}
            onClick={() => setView({ kind: 'list' })}
          >
            <BackIcon />
          </button>
        )}
        <h2 className="min-w-0 flex-1 truncate px-2 font-medium">{shown.kind === 'list' ? t('chat.all') : (current?.subject ?? title)}</h2>
        <button type="button" aria-label={t('common.close')} className={ROUND} onClick={onClose}>
          <CloseIcon />
        </button>
      </header>
      <PanelBody view={shown} order={order} onView={setView} />
    </section>
  )
}

function PanelBody({ view, order, onView }: { view: View; order: ChatOrder | undefined; onView: (view: View) => void }) {
  const { t } = useTranslation()
  const list = useInfiniteQuery(conversationsQuery)
  const show = (conversationId: string) => onView({ kind: 'thread', conversationId })
  if (view.kind === 'thread') return <Thread key={view.conversationId} conversationId={view.conversationId} side="customer" />
  if (view.kind === 'new' || (view.kind === 'latest' && list.data)) return <NewConversation order={order} onOpened={({ id }) => show(id)} />
  if (view.kind === 'latest') {
    return (
      <div className="flex-1 p-4">
        {list.error ? <ErrorNotice error={list.error} onRetry={() => void list.refetch()} /> : <SkeletonRows rows={3} className="h-12" />}
      </div>
    )
  }
  return (
    <>
      <ConversationList named={false} onPick={show} />
      <div className="border-line border-t p-3">
        <button
          type="button"
          data-testid="new-conversation"
          onClick={() => onView({ kind: 'new' })}
          className="min-h-11 w-full rounded-full font-medium text-accent hover:bg-sunken"
        >
          {t('chat.new')}
        </button>
      </div>
    </>
  )
}

/** When the panel closes, the focus goes back to what opened it. */
function useReturnOfFocus() {
  // Read while rendering: once the panel is there, its text field has taken the focus.
  const [opener] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement) opener.focus()
    },
    [opener],
  )
}
