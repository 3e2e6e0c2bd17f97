import type { Order } from '@order-flow/contracts'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format.ts'
import { Picture } from '../../ui/Picture.tsx'

/** What was ordered, for how much, and what came back. */
export function OrderLines({ order }: { order: Order }) {
  const { t } = useTranslation()
  const { money } = useFormat()
  return (
    <>
      <ul className="divide-y divide-line">
        {order.lines.map((line) => {
          const returned = order.returned[String(line.lineNumber)] ?? 0
          return (
            <li key={line.lineNumber} className="flex items-center gap-4 py-3">
              <Picture seed={line.sku} name={line.name} className="size-14 shrink-0 rounded-xl" />
              <span className="min-w-0 flex-1 leading-snug">
                <span className="block">{line.name}</span>
                <span className="text-soft text-sm">
                  {line.quantity} × {money(line.unitPrice, order.currency)}
                  {returned > 0 ? ` · ${t('orders.returned', { count: returned })}` : ''}
                </span>
              </span>
              <span className="tabular-nums">{money(line.lineTotal, order.currency)}</span>
            </li>
          )
        })}
      </ul>
      <dl className="mt-2 space-y-1 border-line border-t pt-4">
        <div className="flex items-baseline justify-between">
          <dt>{t('common.total')}</dt>
          <dd className="font-semibold text-xl tabular-nums">{money(order.totals.total, order.currency)}</dd>
        </div>
        {order.refunded > 0 ? (
          <div className="flex items-baseline justify-between text-soft">
            <dt>{t('orders.refunded')}</dt>
            <dd className="tabular-nums">{money(order.refunded, order.currency)}</dd>
          </div>
        ) : null}
      </dl>
    </>
  )
}
