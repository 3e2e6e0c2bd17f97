import type { Order } from '@order-flow/contracts'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation, useParams } from 'react-router'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { useFormat } from '../../format.ts'
import { useLiveState } from '../../live.ts'
import { orderQuery } from '../../queries.ts'
import { BackIcon } from '../../ui/icons.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useTitle } from '../../ui/Page.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { CancelOrder } from './CancelOrder.tsx'
import { OrderLines } from './OrderLines.tsx'
import { OrderSteps } from './OrderSteps.tsx'
import { OrderTimeline } from './OrderTimeline.tsx'
import { StatusBadge } from './StatusBadge.tsx'

/** While no live connection tells of changes, the page asks for them. */
const ASK_MS = 5000

/** One order: its status and timeline change by themselves. `help` is offered beside the order, e.g. a chat about it. */
export function OrderPage({ help }: { help: (order: Order) => ReactNode }) {
  const { t } = useTranslation()
  const { orderId = '' } = useParams()
  const refetchMs = useLiveState() === 'live' ? false : ASK_MS
  const { data: order, error, refetch } = useQuery({ ...orderQuery(orderId), refetchInterval: refetchMs })
  useTitle(order ? t('orders.order', { number: order.number }) : t('common.loading'))
  return (
    <div className="mx-auto max-w-6xl px-4 py-6 sm:px-6">
      <Link to="/orders" className="-ml-2 inline-flex min-h-10 items-center gap-1 rounded-full px-2 text-soft text-sm hover:text-ink">
        <BackIcon className="size-4" /> {t('orders.title')}
      </Link>
      <div className="mt-2">
        {order ? <Details order={order} help={help(order)} refetchMs={refetchMs} /> : null}
        {!order && error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : null}
        {!order && !error ? <SkeletonRows /> : null}
      </div>
    </div>
  )
}

function Details({ order, help, refetchMs }: { order: Order; help: ReactNode; refetchMs: number | false }) {
  const { t } = useTranslation()
  const cancellable = order.status === 'placed' || order.status === 'confirmed'
  return (
    <>
      <Heading order={order} />
      <div className="mt-6 grid items-start gap-6 lg:grid-cols-[1fr_21rem]">
        <div className="space-y-6">
          <section className="space-y-4 rounded-2xl border border-line bg-surface p-5 shadow-card sm:p-7">
            {order.status === 'placed' || order.status === 'confirmed' ? <OrderSteps confirmed={order.status === 'confirmed'} /> : null}
            <OrderNotice order={order} />
            <div className="flex flex-wrap gap-2 pt-1">
              {help}
              {cancellable ? <CancelOrder orderId={order.id} /> : null}
            </div>
          </section>
          <section aria-labelledby="items" className="rounded-2xl border border-line bg-surface p-5 shadow-card sm:p-7">
            <h2 id="items" className="mb-2 font-display text-xl">
              {t('orders.items')}
            </h2>
            <OrderLines order={order} />
          </section>
        </div>
        <section aria-labelledby="timeline" className="rounded-2xl border border-line bg-surface p-5 shadow-card sm:p-7">
          <div className="mb-5 flex items-center justify-between gap-3">
            <h2 id="timeline" className="font-display text-xl">
              {t('orders.timeline')}
            </h2>
            <LiveDot />
          </div>
          <OrderTimeline orderId={order.id} refetchMs={refetchMs} />
        </section>
      </div>
    </>
  )
}

function Heading({ order }: { order: Order }) {
  const { t } = useTranslation()
  const { dateTime } = useFormat()
  const state: unknown = useLocation().state
  const justPlaced = typeof state === 'object' && state !== null && 'justPlaced' in state
  return (
    <div className="flex flex-wrap items-end justify-between gap-3">
      <div>
        {justPlaced && (order.status === 'placed' || order.status === 'confirmed') ? (
          <p className="font-medium text-accent">{t('orders.thanks')}</p>
        ) : null}
        <h1 className="font-display text-3xl sm:text-4xl" data-testid="order-number" data-number={order.number}>
          {t('orders.order', { number: order.number })}
        </h1>
        <p className="text-soft">{t('orders.placedOn', { date: dateTime(order.placedAt) })}</p>
      </div>
      <div role="status" aria-live="polite" data-testid="order-status" data-status={order.status}>
        <StatusBadge status={order.status} className="px-4! py-1.5! text-base!" />
      </div>
    </div>
  )
}

function OrderNotice({ order }: { order: Order }) {
  const { t } = useTranslation()
  if (order.status === 'rejected') {
    return (
      <Notice tone="bad" title={t('event.rejected')}>
        <p>{order.reason ? t(`reason.${order.reason}`) : order.detail}</p>
        {order.reason && order.detail ? <p className="mt-1 opacity-80">{order.detail}</p> : null}
      </Notice>
    )
  }
  if (order.attention) return <Notice tone="wait">{t('orders.attention')}</Notice>
  if (order.status === 'cancelling') return <Notice tone="wait">{t('event.cancel_requested')}</Notice>
  if (order.status === 'cancelled') return <Notice tone="calm">{t('event.cancelled')}</Notice>
  return null
}

function LiveDot() {
  const { t } = useTranslation()
  const live = useLiveState() === 'live'
  return (
    <span className={`inline-flex items-center gap-1.5 text-xs ${live ? 'text-good' : 'text-soft'}`}>
      <span aria-hidden="true" className={`size-2 rounded-full ${live ? 'bg-good' : 'animate-pulse bg-wait'}`} />
      {live ? t('live.on') : t('live.off')}
    </span>
  )
}
