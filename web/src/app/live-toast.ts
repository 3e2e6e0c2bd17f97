import type { Account, LiveEvent } from '@order-flow/contracts'
import type { TFunction } from 'i18next'
import { eventWord, toneOf } from '../order-words.ts'
import type { Toast } from '../ui/Toaster.tsx'
import { countNotification, isConversationOpen, markConversation } from '../unread.ts'

/**
 * Counts a live event as unread and answers with what to show of it: nothing for one's own message, for what the page
 * at `pathname` shows already, nor for an order being received, which the page that placed it tells. Of one order or
 * conversation only the latest toast is shown.
 */
export function toastFor(event: LiveEvent, account: Account, { t, pathname }: { t: TFunction; pathname: string }): Toast | undefined {
  if (event.kind === 'notification') {
    const { eventType, status, orderId, orderNumber } = event.notification
    const word = eventWord(eventType)
    const to = `/orders/${orderId}`
    if (word === 'placed' || pathname === to) return undefined
    countNotification()
    return { id: orderId, title: t(`event.${word}`), text: t('notifications.about', { number: orderNumber }), tone: toneOf(status), to }
  }
  const { message, conversation } = event
  const isAgent = account.roles.includes('agent')
  if (message.authorId === account.id || isConversationOpen(conversation.id) || (isAgent && message.authorRole === 'agent'))
    return undefined
  markConversation(conversation.id)
  const from = isAgent ? conversation.customerName : t('chat.agent')
  return {
    id: conversation.id,
    title: `${t('notifications.messageFrom')} · ${from}`,
    text: message.body,
    tone: 'calm',
    to: isAgent ? `/support/${conversation.id}` : undefined,
  }
}
