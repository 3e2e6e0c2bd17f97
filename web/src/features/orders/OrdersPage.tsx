import type { OrderSummary } from '@order-flow/contracts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { useFormat } from '../../format.ts'
import { ordersQuery } from '../../queries.ts'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { OrdersIcon } from '../../ui/icons.tsx'
import { Page } from '../../ui/Page.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { StatusBadge } from './StatusBadge.tsx'

/** The orders of the signed-in customer, newest first; their statuses change live. */
export function OrdersPage() {
  const { t } = useTranslation()
  const list = useInfiniteQuery(ordersQuery)
  const orders = list.data?.pages.flatMap((page) => page.orders)
  return (
    <Page title={t('orders.title')}>
      {list.isPending ? <SkeletonRows /> : null}
      {list.error ? <ErrorNotice error={list.error} onRetry={() => void list.refetch()} /> : null}
      {orders?.length === 0 ? (
        <Empty picture={<OrdersIcon />} title={t('orders.emptyTitle')} text={t('orders.emptyText')}>
          <Link to="/" className={buttonClass()}>
            {t('shop.toShop')}
          </Link>
        </Empty>
      ) : null}
      <ul className="space-y-3">
        {orders?.map((order) => (
          <Row key={order.id} order={order} />
        ))}
      </ul>
      {list.hasNextPage ? (
        <div className="mt-6 text-center">
          <Button look="quiet" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      ) : null}
    </Page>
  )
}

function Row({ order }: { order: OrderSummary }) {
  const { t } = useTranslation()
  const { money, dateTime } = useFormat()
  return (
    <li data-testid="order-row" data-status={order.status}>
      <Link
        to={`/orders/${order.id}`}
        className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 rounded-2xl border border-line bg-surface px-4 py-4 shadow-card hover:border-soft sm:px-6"
      >
        <span className="min-w-40">
          <span className="block font-medium">{t('orders.order', { number: order.number })}</span>
          <span className="text-soft text-sm">
            {dateTime(order.placedAt)} · {t('orders.lines', { count: order.lineCount })}
          </span>
        </span>
        <span className="ml-auto font-semibold tabular-nums">{money(order.totals.total, order.currency)}</span>
        <StatusBadge status={order.status} />
      </Link>
    </li>
  )
}
