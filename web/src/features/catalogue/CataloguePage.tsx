import type { ProductPage } from '@order-flow/contracts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { productsQuery } from '../../queries.ts'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { SearchIcon } from '../../ui/icons.tsx'
import { useTitle } from '../../ui/Page.tsx'
import { Picture } from '../../ui/Picture.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { ProductCard } from './ProductCard.tsx'

const GRID = 'grid grid-cols-2 gap-3 sm:gap-5 md:grid-cols-3 lg:grid-cols-4'

/** The shop window: categories, search results, and more of them on demand. The address holds the filter. */
export function CataloguePage() {
  const { t } = useTranslation()
  const [parameters] = useSearchParams()
  const search = parameters.get('search') ?? ''
  const category = parameters.get('category') ?? ''
  const products = useInfiniteQuery(productsQuery({ search, category }))
  const first = products.data?.pages[0]
  const shown = products.data?.pages.reduce((count, page) => count + page.products.length, 0) ?? 0
  useTitle(search || category || t('shop.name'))
  return (
    <>
      {search === '' && category === '' ? <Hero /> : null}
      <div className="mx-auto max-w-6xl px-4 py-6 sm:px-6">
        {first ? <Categories page={first} search={search} category={category} /> : <Skeleton className="mb-6 h-11 w-full max-w-xl" />}
        {search === '' && category === '' ? null : (
          <h1 className="mb-1 font-display text-2xl">{search === '' ? category : t('catalogue.results', { search })}</h1>
        )}
        <p aria-live="polite" className="mb-5 min-h-6 text-soft text-sm">
          {first && !products.isPlaceholderData ? t('catalogue.count', { count: first.total }) : null}
        </p>
        {products.error && !products.isFetchNextPageError ? (
          <ErrorNotice error={products.error} onRetry={() => void products.refetch()} />
        ) : null}
        {products.isPending ? <CardSkeletons /> : null}
        {first?.total === 0 ? <NothingFound /> : null}
        <ul className={`${GRID} transition-opacity ${products.isPlaceholderData ? 'opacity-50' : ''}`}>
          {products.data?.pages
            .flatMap((page) => page.products)
            .map((product) => (
              <ProductCard key={product.sku} product={product} />
            ))}
        </ul>
        {products.isFetchNextPageError ? <ErrorNotice error={products.error} /> : null}
        {first && products.hasNextPage ? (
          <div className="mt-8 flex flex-col items-center gap-3">
            <p className="text-soft text-sm">{t('catalogue.shown', { shown, total: first.total })}</p>
            <Button look="quiet" busy={products.isFetchingNextPage} onClick={() => void products.fetchNextPage()}>
              {t('common.more')}
            </Button>
          </div>
        ) : null}
      </div>
    </>
  )
}

function Hero() {
  const { t } = useTranslation()
  return (
    <section className="border-line border-b bg-tint">
      <div className="mx-auto flex max-w-6xl items-center justify-between gap-6 px-4 py-8 sm:px-6 sm:py-12">
        <div>
          <h1 className="max-w-md font-display text-3xl leading-tight sm:text-5xl">{t('catalogue.heroTitle')}</h1>
          <p className="mt-3 max-w-sm text-soft sm:text-lg">{t('catalogue.heroText')}</p>
        </div>
        <div aria-hidden="true" className="hidden gap-3 md:flex">
          {['teapot', 'plant', 'lamp'].map((motif, index) => (
            <Picture
              key={motif}
              seed={`hero-${index}`}
              name={motif}
              className={`h-48 w-36 rounded-full ${index === 1 ? 'translate-y-4' : '-translate-y-2'}`}
            />
          ))}
        </div>
      </div>
    </section>
  )
}

function Categories({ page, search, category }: { page: ProductPage; search: string; category: string }) {
  const { t } = useTranslation()
  const names = [...new Set([...page.categories.map(({ name }) => name), ...(category ? [category] : [])])]
  const address = (name: string) => `/?${new URLSearchParams({ ...(search ? { search } : {}), ...(name ? { category: name } : {}) })}`
  return (
    <nav aria-label={t('catalogue.categories')} className="-mx-4 mb-5 overflow-x-auto px-4 py-1 [scrollbar-width:none] sm:mx-0 sm:px-0">
      <ul className="flex gap-2 sm:flex-wrap">
        {['', ...names].map((name) => (
          <li key={name}>
            <Link
              to={address(name)}
              aria-current={name === category ? 'true' : undefined}
              className="inline-flex min-h-10 items-center gap-1.5 whitespace-nowrap rounded-full border border-line bg-surface px-4 text-sm hover:border-soft aria-[current]:border-accent aria-[current]:bg-accent aria-[current]:text-on-accent"
            >
              {name || t('catalogue.all')}
              <CategoryCount count={page.categories.find((other) => other.name === name)?.count} />
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function CategoryCount({ count }: { count: number | undefined }) {
  return count === undefined ? null : <span className="text-xs tabular-nums opacity-70">{count}</span>
}

function NothingFound() {
  const { t } = useTranslation()
  return (
    <Empty picture={<SearchIcon />} title={t('catalogue.emptyTitle')} text={t('catalogue.emptyText')}>
      <Link to="/" className={buttonClass('quiet')}>
        {t('catalogue.showAll')}
      </Link>
    </Empty>
  )
}

function CardSkeletons() {
  return (
    <div aria-hidden="true" className={GRID}>
      {Array.from({ length: 8 }, (_, card) => card).map((card) => (
        <Skeleton key={card} className="h-80" />
      ))}
    </div>
  )
}
