import type { Product } from '@order-flow/contracts'
import { Link } from 'react-router'
import { useFormat } from '../../format.ts'
import { Picture } from '../../ui/Picture.tsx'
import { AddButton } from './AddButton.tsx'
import { StockNote } from './StockNote.tsx'

/** One product in the catalogue: the whole card leads to it, the button puts it in the basket. */
export function ProductCard({ product }: { product: Product }) {
  const { money } = useFormat()
  return (
    <li
      data-testid="product-card"
      data-sku={product.sku}
      className="group relative flex flex-col overflow-hidden rounded-2xl border border-line bg-surface shadow-card has-[a:focus-visible]:outline-2 has-[a:focus-visible]:outline-accent has-[a:focus-visible]:outline-offset-2"
    >
      <div className="overflow-hidden">
        <Picture
          seed={product.sku}
          name={product.name}
          className={`aspect-square w-full transition-transform duration-300 group-hover:scale-103 ${product.available === 0 ? 'opacity-50' : ''}`}
        />
      </div>
      <div className="flex flex-1 flex-col p-3 sm:p-4">
        <p className="text-soft text-xs">{product.category}</p>
        <h2 className="mt-0.5 line-clamp-2 font-medium leading-snug">
          <Link to={`/products/${encodeURIComponent(product.sku)}`} className="outline-none after:absolute after:inset-0">
            {product.name}
          </Link>
        </h2>
        <div className="mt-auto pt-2">
          <p className="flex flex-wrap items-baseline justify-between gap-x-2">
            <span className="font-semibold text-base tabular-nums">{money(product.unitPrice, product.currency)}</span>
            <StockNote available={product.available} />
          </p>
          <AddButton product={product} look="quiet" className="relative z-10 mt-3 w-full px-2! text-sm" />
        </div>
      </div>
    </li>
  )
}
