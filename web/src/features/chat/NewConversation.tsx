import type { Conversation } from '@order-flow/contracts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { client } from '../../api.ts'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { newId } from '../../ids.ts'
import { keys } from '../../queries.ts'
import { Composer } from './Composer.tsx'
import { Bubble } from './Thread.tsx'

/** What a conversation may be about. */
export interface ChatOrder {
  id: string
  number: string
}

/** The first message of a conversation opens it. */
export function NewConversation({ order, onOpened }: { order: ChatOrder | undefined; onOpened: (conversation: Conversation) => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const opening = useMutation({
    mutationFn: ({ body, clientId }: { body: string; clientId: string }) =>
      client.openConversation({
        body,
        clientId,
        ...(order
          ? { orderId: order.id, subject: t('chat.subjectOrder', { number: order.number }) }
          : { subject: t('chat.subjectGeneral') }),
      }),
    onSuccess({ conversation, message }) {
      queries.setQueryData(keys.messages(conversation.id), [message])
      void queries.invalidateQueries({ queryKey: keys.conversations })
      onOpened(conversation)
    },
  })
  const sent = opening.variables
  return (
    <>
      <div className="min-h-0 flex-1 space-y-3 overflow-y-auto px-4 py-4">
        <p className="rounded-2xl bg-tint px-4 py-3">{t('chat.start')}</p>
        {order ? <p className="px-1 text-soft text-sm">{t('chat.aboutOrder', { number: order.number })}</p> : null}
        {sent ? (
          <Bubble mine body={sent.body}>
            {opening.isPending ? t('chat.sending') : t('chat.notSent')}
          </Bubble>
        ) : null}
        {opening.error && sent ? <ErrorNotice error={opening.error} onRetry={() => opening.mutate(sent)} /> : null}
      </div>
      <Composer busy={opening.isPending || opening.isError} onSend={(body) => opening.mutate({ body, clientId: newId() })} />
    </>
  )
}
