import type { Product } from '@order-flow/contracts'
import { useQueries } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type BasketLine, basketCount, basketTotals, MAX_QUANTITY, setQuantity } from '../../basket.ts'
import { changeBasket, useBasket } from '../../basket-store.ts'
import { useFormat } from '../../format.ts'
import { productQuery } from '../../queries.ts'
import { buttonClass } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { BasketIcon } from '../../ui/icons.tsx'
import { Page } from '../../ui/Page.tsx'
import { Picture } from '../../ui/Picture.tsx'
import { Quantity } from '../../ui/Quantity.tsx'

/** What is in the basket, at today's prices, and whether the shop has as many. */
export function BasketPage() {
  const { t } = useTranslation()
  const basket = useBasket()
  const products = useQueries({ queries: basket.map(({ sku }) => productQuery(sku)) })
  if (basket.length === 0) {
    return (
      <Page title={t('basket.title')}>
        <Empty picture={<BasketIcon />} title={t('basket.emptyTitle')} text={t('basket.emptyText')}>
          <Link to="/" className={buttonClass()}>
            {t('shop.toShop')}
          </Link>
        </Empty>
      </Page>
    )
  }
  const lines = basket.map((line, index) => ({ ...line, ...priceOf(products[index]?.data), problem: problemOf(line, products[index]) }))
  return (
    <Page title={t('basket.title')}>
      <div className="grid items-start gap-8 lg:grid-cols-[1fr_20rem]">
        <ul className="divide-y divide-line border-line border-y">
          {lines.map((line) => (
            <Line key={line.sku} line={line} />
          ))}
        </ul>
        <Summary lines={lines} />
      </div>
    </Page>
  )
}

type LineProblem = { kind: 'gone' } | { kind: 'short'; available: number } | undefined

function priceOf(product: Product | undefined): Pick<Product, 'name' | 'unitPrice' | 'currency'> | undefined {
  return product && { name: product.name, unitPrice: product.unitPrice, currency: product.currency }
}

function problemOf(line: BasketLine, product: { data: Product | undefined; error: unknown } | undefined): LineProblem {
  if (product?.error && typeof product.error === 'object' && 'status' in product.error && product.error.status === 404)
    return { kind: 'gone' }
  const available = product?.data?.available ?? null
  return available !== null && available < line.quantity ? { kind: 'short', available } : undefined
}

function Line({ line }: { line: BasketLine & { problem: LineProblem } }) {
  const { t } = useTranslation()
  const { money } = useFormat()
  const { sku, name, problem } = line
  return (
    <li data-testid="basket-line" className="flex gap-4 py-4">
      <Picture seed={sku} name={name} className="size-20 shrink-0 rounded-xl sm:size-24" />
      <div className="min-w-0 flex-1">
        <div className="flex items-start justify-between gap-3">
          <Link to={`/products/${encodeURIComponent(sku)}`} className="font-medium leading-snug hover:underline">
            {name}
          </Link>
          <p className="font-semibold tabular-nums">{money(line.unitPrice * line.quantity, line.currency)}</p>
        </div>
        <p className="text-soft text-sm">{t('basket.each', { price: money(line.unitPrice, line.currency) })}</p>
        {problem ? (
          <p role="status" className="font-medium text-bad text-sm">
            {problem.kind === 'gone'
              ? t('basket.gone')
              : problem.available === 0
                ? t('catalogue.soldOut')
                : t('basket.short', { count: problem.available })}
          </p>
        ) : null}
        <div className="mt-2 flex flex-wrap items-center gap-2">
          <Quantity
            name={name}
            value={line.quantity}
            max={MAX_QUANTITY}
            onChange={(quantity) => changeBasket((basket) => setQuantity(basket, sku, quantity))}
          />
          <button
            type="button"
            aria-label={t('basket.removeOf', { name })}
            onClick={() => changeBasket((basket) => setQuantity(basket, sku, 0))}
            className="min-h-11 rounded-full px-3 text-soft text-sm underline-offset-4 hover:text-ink hover:underline"
          >
            {t('common.remove')}
          </button>
        </div>
      </div>
    </li>
  )
}

function Summary({ lines }: { lines: (BasketLine & { problem: LineProblem })[] }) {
  const { t } = useTranslation()
  const { money } = useFormat()
  return (
    <section aria-label={t('basket.summary')} className="rounded-2xl border border-line bg-surface p-5 shadow-card lg:sticky lg:top-24">
      <p className="flex justify-between text-soft text-sm">
        <span>{t('basket.summary')}</span>
        <span>{t('basket.items', { count: basketCount(lines) })}</span>
      </p>
      {basketTotals(lines).map(({ currency, amount }) => (
        <p key={currency} className="mt-2 flex items-baseline justify-between">
          <span>{t('common.total')}</span>
          <span className="font-semibold text-xl tabular-nums">{money(amount, currency)}</span>
        </p>
      ))}
      {lines.some((line) => line.problem) ? <p className="mt-3 text-bad text-sm">{t('basket.fix')}</p> : null}
      <Link data-testid="checkout-link" to="/checkout" className={buttonClass('primary', 'mt-5 w-full')}>
        {t('basket.checkout')}
      </Link>
    </section>
  )
}
