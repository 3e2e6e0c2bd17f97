import { isUnanswered, ProblemError } from '@order-flow/client'
import type { Account } from '@order-flow/contracts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useNavigate } from 'react-router'
import { client } from '../../api.ts'
import { type Basket, setQuantity } from '../../basket.ts'
import { changeBasket } from '../../basket-store.ts'
import { newId } from '../../ids.ts'
import { keys } from '../../queries.ts'
import { type Attempt, pendingAttempt, settleAttempt } from './attempt.ts'

const SENDS = 3
const PAUSE_MS = 1200

/** Sends the basket as an order, and leads to the order's page once the shop has taken it. */
export function usePlaceOrder(account: Account) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [pending, setPending] = useState(() => pendingAttempt(sessionStorage, account.id))
  const sending = useMutation({
    mutationFn: (attempt: Attempt) => settleAttempt(sessionStorage, attempt, ({ body, key }) => client.placeOrder(body, key)),
    retry: (failures, error) => failures < SENDS - 1 && isUnanswered(error) && !isStatus(error, 401),
    retryDelay: (_, error) =>
      Math.min(10_000, error instanceof ProblemError ? (error.retryAfterSeconds ?? 0) * 1000 || PAUSE_MS : PAUSE_MS),
    onSuccess(order, { body }) {
      changeBasket((basket) => body.lines.reduce((rest, line) => setQuantity(rest, line.sku, 0), basket))
      queries.setQueryData(keys.order(order.id), order)
      void queries.invalidateQueries({ queryKey: keys.orders })
      void navigate(`/orders/${order.id}`, { replace: true, state: { justPlaced: true } })
    },
    onError(error) {
      setPending(pendingAttempt(sessionStorage, account.id))
      if (isStatus(error, 401)) queries.setQueryData(keys.me, null)
    },
  })
  const { mutate } = sending
  // Begun before the page was loaded: find out at once what became of it.
  useEffect(() => {
    const left = pendingAttempt(sessionStorage, account.id)
    if (left) mutate(left)
  }, [account.id, mutate])
  return {
    /** Sent, and not answered: only sending it again can tell what became of it. */
    pending,
    isSending: sending.isPending,
    error: sending.error,
    place: (basket: Basket, token: string) => mutate({ key: newId(), accountId: account.id, body: orderOf(basket, token) }),
    resend: () => pending && mutate(pending),
  }
}

function orderOf(basket: Basket, token: string): Attempt['body'] {
  return { lines: basket.map(({ sku, quantity }) => ({ sku, quantity })), payment: { method: 'card', token } }
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof ProblemError && error.status === status
}
