import type { ChatMessage } from '@order-flow/contracts'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { useFormat } from '../../format.ts'
import { messagesQuery } from '../../queries.ts'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { readConversation } from '../../unread.ts'
import { Composer } from './Composer.tsx'
import { type Outgoing, useOutbox } from './use-outbox.ts'

type Side = ChatMessage['authorRole']

/** At most this far from the end, new messages scroll into view. */
const NEAR_END_PX = 120

/** A conversation: its messages and a field to write the next, as seen from one side. */
export function Thread({ conversationId, side }: { conversationId: string; side: Side }) {
  const { t } = useTranslation()
  const { data, error, refetch } = useQuery(messagesQuery(conversationId))
  const { outgoing, send, retry } = useOutbox(conversationId)
  useEffect(() => readConversation(conversationId), [conversationId])
  const stored = new Set(data?.map((message) => message.clientId))
  const waiting = outgoing.filter((message) => !stored.has(message.clientId))
  return (
    <>
      <Scroller label={t('chat.log')} count={(data?.length ?? 0) + waiting.length}>
        {error && !data ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : null}
        {!data && !error ? <SkeletonRows rows={3} className="h-12" /> : null}
        {data?.map((message) => (
          <StoredMessage key={message.id} message={message} mine={message.authorRole === side} />
        ))}
        {waiting.map((message) => (
          <WaitingMessage key={message.clientId} message={message} onRetry={() => retry(message)} />
        ))}
      </Scroller>
      <Composer onSend={send} />
    </>
  )
}

/** Keeps the end in view as messages come, unless the reader has scrolled back. */
function Scroller({ label, count, children }: { label: string; count: number; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message is the reason to scroll
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight
  }, [count])
  return (
    <div
      ref={box}
      role="log"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX
      }}
      className="min-h-0 flex-1 space-y-3 overflow-y-auto overscroll-contain px-4 py-4"
    >
      {children}
    </div>
  )
}

function StoredMessage({ message, mine }: { message: ChatMessage; mine: boolean }) {
  const { t } = useTranslation()
  const { recent, dateTime } = useFormat()
  const author = mine ? t('chat.you') : message.authorRole === 'agent' ? t('chat.agent') : ''
  return (
    <Bubble mine={mine} body={message.body}>
      <span className={mine ? 'sr-only' : ''}>{author} </span>
      <time dateTime={message.at} title={dateTime(message.at)}>
        {recent(message.at)}
      </time>
    </Bubble>
  )
}

function WaitingMessage({ message, onRetry }: { message: Outgoing; onRetry: () => void }) {
  const { t } = useTranslation()
  return (
    <Bubble mine body={message.body}>
      {message.failed ? (
        <span className="text-bad">
          {t('chat.notSent')} ·{' '}
          <button type="button" className="min-h-6 underline" onClick={onRetry}>
            {t('common.retry')}
          </button>
        </span>
      ) : (
        t('chat.sending')
      )}
    </Bubble>
  )
}

/** One message; `children` is the small line under it. */
export function Bubble({ mine, body, children }: { mine: boolean; body: string; children: ReactNode }) {
  return (
    <div data-testid="chat-message" className={`flex animate-rise flex-col ${mine ? 'items-end' : 'items-start'}`}>
      <p
        className={`max-w-[85%] whitespace-pre-wrap rounded-2xl px-3.5 py-2 leading-snug [overflow-wrap:anywhere] ${
          mine ? 'rounded-br-md bg-accent text-on-accent' : 'rounded-bl-md bg-sunken'
        }`}
      >
        {body}
      </p>
      <p className="mt-1 px-1 text-soft text-xs">{children}</p>
    </div>
  )
}
