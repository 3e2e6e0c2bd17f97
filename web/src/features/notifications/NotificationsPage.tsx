import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { useFormat } from '../../format.ts'
import { eventWord, toneOf } from '../../order-words.ts'
import { notificationsQuery } from '../../queries.ts'
import { Button } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { BellIcon } from '../../ui/icons.tsx'
import { Page } from '../../ui/Page.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { readNotifications } from '../../unread.ts'

const DOTS = { good: 'bg-good', bad: 'bg-bad', wait: 'bg-wait', calm: 'bg-soft' } as const

/** What the shop told this customer, newest first; it grows live. Being here counts as having read. */
export function NotificationsPage() {
  const { t } = useTranslation()
  const { dateTime } = useFormat()
  const list = useInfiniteQuery(notificationsQuery)
  const notifications = list.data?.pages.flatMap((page) => page.notifications)
  const newest = notifications?.[0]?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new notification is read when it shows
  useEffect(readNotifications, [newest])
  return (
    <Page title={t('notifications.title')}>
      {list.isPending ? <SkeletonRows className="h-16" /> : null}
      {list.error ? <ErrorNotice error={list.error} onRetry={() => void list.refetch()} /> : null}
      {notifications?.length === 0 ? (
        <Empty picture={<BellIcon />} title={t('notifications.emptyTitle')} text={t('notifications.emptyText')} />
      ) : null}
      <ul className="space-y-2">
        {notifications?.map((notification) => (
          <li key={notification.id} data-testid="notification">
            <Link
              to={`/orders/${notification.orderId}`}
              className="flex items-start gap-3 rounded-2xl border border-line bg-surface px-4 py-3 hover:border-soft sm:px-5"
            >
              <span aria-hidden="true" className={`mt-2 size-2 shrink-0 rounded-full ${DOTS[toneOf(notification.status)]}`} />
              <span className="flex min-w-0 flex-1 flex-col gap-x-4 sm:flex-row sm:justify-between">
                <span>
                  <span className="block font-medium">{t(`event.${eventWord(notification.eventType)}`)}</span>
                  <span className="block text-soft text-sm">
                    {t('notifications.about', { number: notification.orderNumber })}
                    {notification.detail ? ` · ${notification.detail}` : ''}
                  </span>
                </span>
                <time dateTime={notification.at} className="shrink-0 text-soft text-xs tabular-nums">
                  {dateTime(notification.at)}
                </time>
              </span>
            </Link>
          </li>
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
