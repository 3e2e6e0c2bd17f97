import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { useFormat } from '../../format.ts'
import { eventWord, toneOf } from '../../order-words.ts'
import { historyQuery } from '../../queries.ts'
import { SkeletonRows } from '../../ui/Skeleton.tsx'

const DOTS = { good: 'bg-good', bad: 'bg-bad', wait: 'bg-wait', calm: 'bg-soft' } as const

/** What happened to an order, oldest first; it grows live. */
export function OrderTimeline({ orderId, refetchMs }: { orderId: string; refetchMs: number | false }) {
  const { t } = useTranslation()
  const { clock, dateTime } = useFormat()
  const { data, error, refetch } = useQuery({ ...historyQuery(orderId), refetchInterval: refetchMs })
  if (error && !data) return <ErrorNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <SkeletonRows rows={2} className="h-10" />
  return (
    <ol data-testid="order-timeline" className="relative ml-1.5 space-y-5 border-line border-l-2 pl-6">
      {data.events.map((entry) => (
        <li key={entry.version} data-testid="timeline-entry" data-type={entry.type} className="relative animate-rise">
          <span
            aria-hidden="true"
            className={`absolute top-1.5 -left-[1.94rem] size-3 rounded-full ring-4 ring-surface ${DOTS[toneOf(entry.status)]}`}
          />
          <p className="font-medium leading-snug">{t(`event.${eventWord(entry.type)}`)}</p>
          {entry.detail ? <p className="text-soft text-sm">{entry.detail}</p> : null}
          <time dateTime={entry.at} title={dateTime(entry.at)} className="text-soft text-xs tabular-nums">
            {clock(entry.at)}
          </time>
        </li>
      ))}
    </ol>
  )
}
