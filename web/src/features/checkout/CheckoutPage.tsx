import type { Account } from '@order-flow/contracts'
import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Navigate } from 'react-router'
import { basketTotals } from '../../basket.ts'
import { useBasket } from '../../basket-store.ts'
import { ErrorNotice, useErrorText } from '../../ErrorNotice.tsx'
import { useFormat } from '../../format.ts'
import { productQuery, useAccount } from '../../queries.ts'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { BasketIcon } from '../../ui/icons.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Page } from '../../ui/Page.tsx'
import { Picture } from '../../ui/Picture.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { type CardToken, FIRST_CARD, TestCard } from './TestCard.tsx'
import { usePlaceOrder } from './use-place-order.ts'

/** Paying: for those who are signed in; others are led to the sign-in and back. */
export function CheckoutPage() {
  const { t } = useTranslation()
  const account = useAccount()
  if (account === null) return <Navigate to="/sign-in?next=/checkout" replace />
  return <Page title={t('checkout.title')}>{account ? <Checkout account={account} /> : <SkeletonRows />}</Page>
}

function Checkout({ account }: { account: Account }) {
  const { t } = useTranslation()
  const { money } = useFormat()
  const lines = usePricedBasket()
  const [token, setToken] = useState<CardToken>(FIRST_CARD)
  const { pending, isSending, error, place, resend } = usePlaceOrder(account)
  if (pending) return <Pending error={error} isSending={isSending} onResend={resend} />
  if (lines.length === 0) return <NothingToPay />
  const total = basketTotals(lines)
    .map(({ amount, currency }) => money(amount, currency))
    .join(' + ')
  return (
    <div className="grid items-start gap-8 lg:grid-cols-[1fr_22rem]">
      <section aria-labelledby="payment" className="rounded-2xl border border-line bg-surface p-5 shadow-card sm:p-7">
        <h2 id="payment" className="mb-5 font-display text-xl">
          {t('checkout.payment')}
        </h2>
        <TestCard token={token} onChange={setToken} disabled={isSending} />
      </section>
      <section aria-labelledby="your-order" className="rounded-2xl border border-line bg-surface p-5 shadow-card">
        <h2 id="your-order" className="mb-3 font-display text-xl">
          {t('checkout.yourOrder')}
        </h2>
        <ul className="divide-y divide-line">
          {lines.map((line) => (
            <li key={line.sku} className="flex items-center gap-3 py-2.5">
              <Picture seed={line.sku} name={line.name} className="size-11 shrink-0 rounded-lg" />
              <span className="min-w-0 flex-1 text-sm leading-snug">
                {line.name} <span className="text-soft">× {line.quantity}</span>
              </span>
              <span className="text-sm tabular-nums">{money(line.unitPrice * line.quantity, line.currency)}</span>
            </li>
          ))}
        </ul>
        <p className="mt-2 flex items-baseline justify-between border-line border-t pt-4">
          <span>{t('common.total')}</span>
          <span className="font-semibold text-xl tabular-nums">{total}</span>
        </p>
        {error ? (
          <div className="mt-4">
            <ErrorNotice error={error} />
          </div>
        ) : null}
        <Button data-testid="place-order" busy={isSending} className="mt-5 w-full" onClick={() => place(lines, token)}>
          {isSending ? t('checkout.placing') : t('checkout.place', { total })}
        </Button>
        <p className="mt-3 text-soft text-xs">{t('checkout.priceNote')}</p>
      </section>
    </div>
  )
}

/** The basket at the shop's prices of now, as far as they are known. */
function usePricedBasket() {
  const basket = useBasket()
  const products = useQueries({ queries: basket.map(({ sku }) => productQuery(sku)) })
  return basket.map((line, index) => {
    const product = products[index]?.data
    return product ? { ...line, name: product.name, unitPrice: product.unitPrice, currency: product.currency } : line
  })
}

function Pending({ error, isSending, onResend }: { error: unknown; isSending: boolean; onResend: () => void }) {
  const { t } = useTranslation()
  const errorText = useErrorText()
  return (
    <div className="max-w-xl space-y-4">
      <Notice tone="wait" title={t('checkout.pendingTitle')}>
        <p>{t('checkout.pendingText')}</p>
        {error ? <p className="mt-2">{errorText(error)}</p> : null}
      </Notice>
      <Button data-testid="place-order" busy={isSending} onClick={onResend}>
        {isSending ? t('checkout.placing') : t('checkout.resend')}
      </Button>
    </div>
  )
}

function NothingToPay() {
  const { t } = useTranslation()
  return (
    <Empty picture={<BasketIcon />} title={t('basket.emptyTitle')} text={t('basket.emptyText')}>
      <Link to="/" className={buttonClass()}>
        {t('shop.toShop')}
      </Link>
    </Empty>
  )
}
