import { ProductChange, Sku, StockMovement } from '@order-flow/contracts'
import {
  AppError,
  type Database,
  type HttpServer,
  idempotencyKeyOf,
  identityOf,
  requireRole,
  type TokenVerifier,
} from '@order-flow/service-kit'
import { Type } from 'typebox'
import type { Catalogue } from './catalogue/catalogue.ts'
import { countProducts, findCategories, findProduct, searchProducts } from './catalogue/product-store.ts'
import { findLevel } from './stock/stock-store.ts'

const SkuParams = Type.Object({ sku: Sku })
const ProductQuery = Type.Object({
  search: Type.Optional(Type.String({ maxLength: 200 })),
  category: Type.Optional(Type.String({ maxLength: 60 })),
  cursor: Type.Optional(Type.String({ maxLength: 1000 })),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 24 }),
})

/** Door 1: what HTTP asks of inventory-payment-service. Looking at products needs no sign-in. */
export function addRoutes(
  http: HttpServer,
  { db, catalogue, tokens }: { db: Database; catalogue: Catalogue; tokens: TokenVerifier },
): void {
  const operator = requireRole(tokens, 'operator')

  http.get('/api/products', { schema: { querystring: ProductQuery } }, async (request) => {
    const { search = '', category = null, cursor, limit } = request.query
    const filter = { words: search.split(/\s+/).filter(Boolean), category }
    const after = cursor === undefined ? null : parseCursor(cursor)
    const [found, total, categories] = await Promise.all([
      searchProducts(db, { ...filter, after, limit: limit + 1 }),
      countProducts(db, filter),
      findCategories(db),
    ])
    const products = found.slice(0, limit)
    const last = products.at(-1)
    return { products, categories, total, nextCursor: found.length > limit && last ? JSON.stringify([last.name, last.sku]) : null }
  })

  http.get('/api/products/:sku', { schema: { params: SkuParams } }, async (request) => {
    const product = await findProduct(db, request.params.sku)
    if (!product) throw new AppError('not_found', `There is no product ${request.params.sku}.`)
    return product
  })

  http.put('/api/products/:sku', { onRequest: operator, schema: { params: SkuParams, body: ProductChange } }, async (request, reply) => {
    const { product, created } = await catalogue.put(request.params.sku, request.body)
    return reply.code(created ? 201 : 200).send(product)
  })

  http.get('/api/products/:sku/stock', { onRequest: operator, schema: { params: SkuParams } }, async (request) => {
    const level = await findLevel(db, request.params.sku)
    if (!level) throw new AppError('not_found', `The stock of ${request.params.sku} is not tracked, or there is no such product.`)
    return level
  })

  http.post('/api/products/:sku/stock', { onRequest: operator, schema: { params: SkuParams, body: StockMovement } }, async (request) =>
    catalogue.move({
      sku: request.params.sku,
      movement: request.body,
      userId: identityOf(request).userId,
      idempotencyKey: idempotencyKeyOf(request),
    }),
  )
}

function parseCursor(cursor: string): { name: string; sku: string } {
  try {
    const [name, sku]: unknown[] = JSON.parse(cursor)
    if (typeof name === 'string' && typeof sku === 'string') return { name, sku }
  } catch {
    // Falls through to the one answer for every bad cursor.
  }
  throw new AppError('invalid', 'The cursor is not one that this address gave out; leave it out to begin at the first page.')
}
