import type { OrderStatus } from '@order-flow/contracts'
import { useTranslation } from 'react-i18next'
import { toneOf } from '../../order-words.ts'

const TONES = {
  good: 'bg-good-tint text-good',
  bad: 'bg-bad-tint text-bad',
  wait: 'bg-wait-tint text-wait',
  calm: 'bg-sunken text-soft',
} as const

/** An order's status in words and colour. */
export function StatusBadge({ status, className = '' }: { status: OrderStatus; className?: string }) {
  const { t } = useTranslation()
  const tone = toneOf(status)
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap rounded-full px-3 py-1 font-medium text-sm ${TONES[tone]} ${className}`}
    >
      <span aria-hidden="true" className={`size-1.5 rounded-full bg-current ${tone === 'wait' ? 'animate-pulse' : ''}`} />
      {t(`status.${status}`)}
    </span>
  )
}
