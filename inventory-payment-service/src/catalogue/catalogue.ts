import { isDeepStrictEqual } from 'node:util'
import type { Product, ProductChange, StockLevel, StockMovement } from '@order-flow/contracts'
import { createEvent, type Outbox } from '@order-flow/messaging'
import { AppError, type Database, newId, type Tx } from '@order-flow/service-kit'
import { changeOnHand, findMovement, insertMovements, lockLevel, startTracking } from '../stock/stock-store.ts'
import { countProducts, findProduct, saveProducts, type WrittenProduct } from './product-store.ts'

/** A product and how many units there are at first, for `seed`. */
export interface SeedProduct extends ProductChange {
  sku: string
  onHand: number
}

export interface MovementRequest {
  sku: string
  movement: StockMovement
  userId: string
  idempotencyKey: string
}

export type Catalogue = ReturnType<typeof createCatalogue>

/** Products and their stock, as operators change them. */
export function createCatalogue({ db, outbox }: { db: Database; outbox: Outbox }) {
  /** Makes or changes a product and tells the others. `created`: it was not there before. */
  async function put(sku: string, change: ProductChange): Promise<{ product: Product; created: boolean }> {
    return db.transaction(async (tx) => {
      await save(tx, [{ sku, ...withDefaults(change) }])
      const product = await findProduct(tx, sku)
      if (!product) throw new AppError('internal', `Product ${sku} is not there after it was saved.`)
      return { product, created: product.version === 1 }
    })
  }

  async function save(tx: Tx, products: readonly WrittenProduct[]): Promise<void> {
    const versions = await saveProducts(tx, products)
    await startTracking(
      tx,
      products.filter(({ tracksStock }) => tracksStock).map(({ sku }) => sku),
    )
    const at = new Date()
    await outbox.add(
      tx,
      products.map(({ sku, name, unitPrice, currency }) =>
        createEvent('inventory-payment-service', {
          type: 'io.orderflow.product.changed.v1',
          subject: sku,
          data: { sku, name, unitPrice, currency, version: versions.get(sku) ?? 1 },
          at,
        }),
      ),
    )
  }

  /**
   * Books goods received or a corrected count; the same key again changes nothing. Errors: `not_found`, `unprocessable`
   * (stock is not tracked, a receipt that takes away, the key with another body), `conflict` (less would be left than is promised).
   */
  async function move({ sku, movement, userId, idempotencyKey }: MovementRequest): Promise<StockLevel> {
    if (movement.quantity === 0 || (movement.kind === 'receipt' && movement.quantity < 0)) {
      throw new AppError('unprocessable', `A ${movement.kind} of ${movement.quantity} units makes no sense.`)
    }
    return db.transaction(async (tx) => {
      // Before the look for an earlier movement, so that two with the same key come one after the other.
      await tx.lock(`movements of ${userId}`)
      const before = await lockLevel(tx, sku)
      if (!before && !(await findProduct(tx, sku))) throw new AppError('not_found', `There is no product ${sku}.`)
      const row = {
        id: newId(),
        requestKey: `${userId}\n${idempotencyKey}`,
        sku,
        ...movement,
        movedBy: userId,
        movedAt: new Date().toISOString(),
      }
      const earlier = await findMovement(tx, row.requestKey)
      if (earlier && !isDeepStrictEqual({ ...earlier }, { sku, ...movement })) {
        throw new AppError('unprocessable', 'This Idempotency-Key was used for another movement.', { problem: 'idempotency-key-reused' })
      }
      if (!before) throw new AppError('unprocessable', `The stock of ${sku} is not tracked.`)
      if (earlier) return before
      if (before.available + movement.quantity < 0) {
        throw new AppError('conflict', `Only ${before.available} of the ${before.onHand} units of ${sku} are not promised to orders.`, {
          problem: 'stock-promised',
        })
      }
      await insertMovements(tx, [row])
      await changeOnHand(tx, new Map([[sku, movement.quantity]]))
      return { ...before, onHand: before.onHand + movement.quantity, available: before.available + movement.quantity }
    })
  }

  /** Fills an empty shop: products with their first stock, in one transaction. A shop with products is left alone. */
  async function seed(products: readonly SeedProduct[]): Promise<void> {
    await db.transaction(async (tx) => {
      // Several instances may start an empty shop at once.
      await tx.lock('seed')
      if ((await countProducts(tx, { words: [], category: null })) > 0) return
      await save(
        tx,
        products.map(({ onHand: _onHand, sku, ...change }) => ({ sku, ...withDefaults(change) })),
      )
      const movedAt = new Date().toISOString()
      const stocked = products.filter(({ onHand }) => onHand > 0)
      await insertMovements(
        tx,
        stocked.map(({ sku, onHand }) => ({
          id: newId(),
          requestKey: `seed\n${sku}`,
          sku,
          kind: 'receipt',
          quantity: onHand,
          reason: 'First stock of the demo shop',
          movedBy: 'seed',
          movedAt,
        })),
      )
      await changeOnHand(tx, new Map(stocked.map(({ sku, onHand }) => [sku, onHand])))
    })
  }

  return { put, move, seed }
}

function withDefaults(change: ProductChange) {
  return { ...change, description: change.description ?? '', tracksStock: change.tracksStock ?? true }
}
