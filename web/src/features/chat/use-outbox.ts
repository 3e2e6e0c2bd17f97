import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../../api.ts'
import { newId } from '../../ids.ts'
import { applyPosted } from '../../live-cache.ts'

/** A message written here that the server has not confirmed. Sending it again under its `clientId` never doubles it. */
export interface Outgoing {
  clientId: string
  body: string
  failed: boolean
}

/** The messages on their way to a conversation, and how to add one or try one again. */
export function useOutbox(conversationId: string) {
  const queries = useQueryClient()
  const [outgoing, setOutgoing] = useState<Outgoing[]>([])

  const mark = (clientId: string, failed: boolean) =>
    setOutgoing((all) => all.map((message) => (message.clientId === clientId ? { ...message, failed } : message)))

  const post = async (clientId: string, body: string) => {
    try {
      await applyPosted(queries, await client.postMessage(conversationId, { body, clientId }))
      setOutgoing((all) => all.filter((message) => message.clientId !== clientId))
    } catch {
      mark(clientId, true)
    }
  }

  return {
    outgoing,
    send(body: string) {
      const clientId = newId()
      setOutgoing((all) => [...all, { clientId, body, failed: false }])
      void post(clientId, body)
    },
    retry({ clientId, body }: Outgoing) {
      mark(clientId, false)
      void post(clientId, body)
    },
  }
}
