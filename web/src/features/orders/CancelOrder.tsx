import type { Order } from '@order-flow/contracts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { client } from '../../api.ts'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { keys } from '../../queries.ts'
import { Button } from '../../ui/Button.tsx'

/** Cancels an order after asking once. */
export function CancelOrder({ orderId }: { orderId: string }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const cancelling = useMutation({
    mutationFn: () => client.cancelOrder(orderId),
    onSuccess(order) {
      // Its live notification may have come before this answer.
      queries.setQueryData<Order>(keys.order(orderId), (known) => (known && known.version > order.version ? known : order))
      void queries.invalidateQueries({ queryKey: keys.history(orderId) })
      dialog.current?.close()
    },
  })
  return (
    <>
      <Button data-testid="cancel-order" look="danger" onClick={() => dialog.current?.showModal()}>
        {t('orders.cancel')}
      </Button>
      <dialog
        ref={dialog}
        aria-labelledby={titleId}
        className="m-auto w-[calc(100%-2rem)] max-w-sm rounded-2xl border border-line bg-surface p-6 text-ink shadow-card backdrop:bg-black/45"
      >
        <p id={titleId} className="font-medium text-lg leading-snug">
          {t('orders.cancelAsk')}
        </p>
        {cancelling.error ? (
          <div className="mt-4">
            <ErrorNotice error={cancelling.error} />
          </div>
        ) : null}
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={() => dialog.current?.close()}>
            {t('orders.cancelNo')}
          </Button>
          <Button data-testid="cancel-order-confirm" look="danger" busy={cancelling.isPending} onClick={() => cancelling.mutate()}>
            {t('orders.cancelYes')}
          </Button>
        </div>
      </dialog>
    </>
  )
}
