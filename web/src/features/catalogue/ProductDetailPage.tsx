import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { MAX_QUANTITY } from '../../basket.ts'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { useFormat } from '../../format.ts'
import { productQuery } from '../../queries.ts'
import { BackIcon } from '../../ui/icons.tsx'
import { useTitle } from '../../ui/Page.tsx'
import { Picture } from '../../ui/Picture.tsx'
import { Quantity } from '../../ui/Quantity.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { AddButton } from './AddButton.tsx'
import { StockNote } from './StockNote.tsx'

/** One product with its description, and how many of it to buy. */
export function ProductDetailPage() {
  const { t } = useTranslation()
  const { money } = useFormat()
  const { sku = '' } = useParams()
  const { data: product, error, refetch } = useQuery(productQuery(sku))
  const [quantity, setQuantity] = useState(1)
  useTitle(product?.name ?? t('common.loading'))
  if (error) {
    return (
      <div className="mx-auto max-w-3xl px-4 py-10">
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      </div>
    )
  }
  return (
    <div className="mx-auto max-w-6xl px-4 py-6 sm:px-6">
      <Link to="/" className="-ml-2 inline-flex min-h-10 items-center gap-1 rounded-full px-2 text-soft text-sm hover:text-ink">
        <BackIcon className="size-4" /> {t('shop.toShop')}
      </Link>
      {product ? (
        <div className="mt-3 grid gap-8 md:grid-cols-2 lg:gap-14">
          <Picture seed={product.sku} name={product.name} className="aspect-square w-full rounded-3xl" />
          <div className="md:py-6">
            <Link to={`/?${new URLSearchParams({ category: product.category })}`} className="text-accent text-sm hover:underline">
              {product.category}
            </Link>
            <h1 className="mt-1 font-display text-3xl leading-tight sm:text-4xl">{product.name}</h1>
            <p className="mt-4 flex flex-wrap items-baseline gap-x-4 gap-y-1">
              <span className="font-semibold text-2xl tabular-nums">{money(product.unitPrice, product.currency)}</span>
              <StockNote available={product.available} full />
            </p>
            {product.description ? <p className="mt-5 max-w-prose whitespace-pre-line text-soft">{product.description}</p> : null}
            <div className="mt-7 flex flex-wrap items-center gap-3">
              <Quantity
                name={product.name}
                value={quantity}
                max={Math.min(MAX_QUANTITY, product.available || MAX_QUANTITY)}
                onChange={setQuantity}
              />
              <AddButton product={product} quantity={quantity} className="min-w-44" />
            </div>
            <p className="mt-8 border-line border-t pt-4 text-soft text-sm">
              {t('catalogue.sku')} {product.sku}
            </p>
          </div>
        </div>
      ) : (
        <div className="mt-3 grid gap-8 md:grid-cols-2">
          <Skeleton className="aspect-square" />
          <Skeleton className="h-64" />
        </div>
      )}
    </div>
  )
}
