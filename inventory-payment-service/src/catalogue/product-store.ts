import type { Product } from '@order-flow/contracts'
import type { Queryable, Tx } from '@order-flow/service-kit'

interface ProductRow {
  sku: string
  name: string
  category: string
  description: string
  unit_price: number
  currency: string
  tracks_stock: number
  version: number
  available: number | null
}

export interface ProductSearch {
  /** Words that must all occur in name, SKU or category. */
  words: readonly string[]
  category: string | null
  after: { name: string; sku: string } | null
  limit: number
}

const SELECT = `select p.sku, p.name, p.category, p.description, p.unit_price, p.currency, p.tracks_stock, p.version,
    s.on_hand - s.reserved as available
  from products p left join stock_levels s on s.sku = p.sku`
const MAX_WORDS = 5

export async function findProduct(db: Queryable, sku: string): Promise<Product | undefined> {
  const [row] = await db.all<ProductRow>(`${SELECT} where p.sku = $1`, [sku])
  return row && toProduct(row)
}

/** Sorted by name. */
export async function searchProducts(db: Queryable, { words, category, after, limit }: ProductSearch): Promise<Product[]> {
  const { where, params } = condition(words, category)
  const rows = await db.all<ProductRow>(
    `${SELECT} where ${where} and (p.name > $7 or (p.name = $7 and p.sku > $8)) order by p.name, p.sku limit $9`,
    [...params, after?.name ?? '', after?.sku ?? '', limit],
  )
  return rows.map(toProduct)
}

export async function countProducts(db: Queryable, { words, category }: Pick<ProductSearch, 'words' | 'category'>): Promise<number> {
  const { where, params } = condition(words, category)
  const [row] = await db.all<{ count: number }>(`select count(*) as count from products p where ${where}`, params)
  return row?.count ?? 0
}

export async function findCategories(db: Queryable): Promise<{ name: string; count: number }[]> {
  return db.all('select category as name, count(*) as count from products group by category order by category')
}

/** A product as it is written; its version is given out here. */
export type WrittenProduct = Omit<Product, 'available' | 'version'>

/**
 * Writes products as they are given and answers their versions: 1 for a new one, one more for a known one. Their rows
 * are locked from then on, in SKU order. Their stock is left alone.
 */
export async function saveProducts(tx: Tx, products: readonly WrittenProduct[]): Promise<Map<string, number>> {
  const rows = await tx.all<{ sku: string; version: number }>(
    `insert into products (sku, name, category, description, unit_price, currency, tracks_stock, version, search_text)
     select r.sku, r.name, r.category, r.description, r.unit_price, r.currency, r.tracks_stock, 1, r.search_text
     from jsonb_to_recordset($1) as r(sku text, name text, category text, description text, unit_price bigint, currency text,
       tracks_stock bigint, search_text text)
     where true order by r.sku
     on conflict (sku) do update set name = excluded.name, category = excluded.category, description = excluded.description,
       unit_price = excluded.unit_price, currency = excluded.currency, tracks_stock = excluded.tracks_stock,
       version = products.version + 1, search_text = excluded.search_text
     returning sku, version`,
    [JSON.stringify(products.map(toRow))],
  )
  return new Map(rows.map(({ sku, version }) => [sku, version]))
}

/** One SQL text for every search: words that are not there match everything. */
function condition(words: readonly string[], category: string | null) {
  const patterns = Array.from({ length: MAX_WORDS }, (_word, index) => `%${escapeLike(words[index] ?? '')}%`)
  const likes = patterns.map((_pattern, index) => `p.search_text like $${index + 1} escape '\\'`)
  return { where: `${likes.join(' and ')} and ($6 = '' or p.category = $6)`, params: [...patterns, category ?? ''] }
}

function escapeLike(word: string): string {
  return word.toLowerCase().replace(/[\\%_]/g, '\\$&')
}

function toRow({ sku, name, category, description, unitPrice, currency, tracksStock }: WrittenProduct) {
  return {
    sku,
    name,
    category,
    description,
    unit_price: unitPrice,
    currency,
    tracks_stock: tracksStock ? 1 : 0,
    search_text: `${name} ${sku} ${category}`.toLowerCase(),
  }
}

function toProduct(row: ProductRow): Product {
  const { sku, name, category, description, unit_price: unitPrice, currency, tracks_stock, version, available } = row
  const tracksStock = tracks_stock === 1
  return { sku, name, category, description, unitPrice, currency, tracksStock, available: tracksStock ? (available ?? 0) : null, version }
}
