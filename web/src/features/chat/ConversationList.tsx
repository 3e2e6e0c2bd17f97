import type { Conversation } from '@order-flow/contracts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { useFormat } from '../../format.ts'
import { conversationsQuery } from '../../queries.ts'
import { Button } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ChatIcon } from '../../ui/icons.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { useUnread } from '../../unread.ts'

interface ConversationListProps {
  /** The conversation shown beside the list. */
  current?: string | undefined
  /** Whose messages they are: the customer's own list does not name the customer. */
  named: boolean
  onPick: (conversationId: string) => void
}

/** Conversations, the latest message first; they move up live. */
export function ConversationList({ current, named, onPick }: ConversationListProps) {
  const { t } = useTranslation()
  const list = useInfiniteQuery(conversationsQuery)
  const conversations = list.data?.pages.flatMap((page) => page.conversations)
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {list.isPending ? (
        <div className="p-3">
          <SkeletonRows className="h-16" />
        </div>
      ) : null}
      {list.error ? (
        <div className="p-3">
          <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />
        </div>
      ) : null}
      {conversations?.length === 0 ? (
        <Empty picture={<ChatIcon />} title={t('chat.emptyTitle')} text={named ? t('chat.emptyText') : t('chat.start')} />
      ) : null}
      <ul className="divide-y divide-line">
        {conversations?.map((conversation) => (
          <Item key={conversation.id} conversation={conversation} named={named} isCurrent={conversation.id === current} onPick={onPick} />
        ))}
      </ul>
      {list.hasNextPage ? (
        <div className="p-3 text-center">
          <Button look="quiet" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      ) : null}
    </div>
  )
}

interface ItemProps {
  conversation: Conversation
  named: boolean
  isCurrent: boolean
  onPick: (conversationId: string) => void
}

function Item({ conversation, named, isCurrent, onPick }: ItemProps) {
  const { t } = useTranslation()
  const { recent } = useFormat()
  const isUnread = useUnread().conversations.has(conversation.id)
  return (
    <li>
      <button
        type="button"
        data-testid="conversation-item"
        data-conversation={conversation.id}
        aria-current={isCurrent ? 'true' : undefined}
        onClick={() => onPick(conversation.id)}
        className="block w-full px-4 py-3 text-left -outline-offset-2 hover:bg-sunken aria-[current]:bg-tint"
      >
        <span className="flex items-baseline justify-between gap-3">
          <span className="truncate font-medium">{named ? conversation.customerName : conversation.subject}</span>
          <time dateTime={conversation.lastMessageAt} className="shrink-0 text-soft text-xs tabular-nums">
            {recent(conversation.lastMessageAt)}
          </time>
        </span>
        {named ? <span className="block truncate text-accent text-sm">{conversation.subject}</span> : null}
        <span className="flex items-center justify-between gap-3">
          <span className={`truncate text-sm ${isUnread ? 'font-semibold' : 'text-soft'}`}>{conversation.lastMessage}</span>
          {isUnread ? <span className="shrink-0 rounded-full bg-accent px-2 text-on-accent text-xs">{t('chat.unread')}</span> : null}
        </span>
      </button>
    </li>
  )
}
