import type { EventData } from '@order-flow/contracts'
import type { Queryable, Tx } from '@order-flow/service-kit'
import type { Product } from './order-request.ts'

/** The products among these SKUs that are known, by SKU. */
export async function findProducts(db: Queryable, skus: Iterable<string>): Promise<Map<string, Product>> {
  const rows = await db.all<Product>(
    `select sku, name, unit_price as "unitPrice", currency from products
     where sku in (select r.sku from jsonb_to_recordset($1) as r(sku text))`,
    [JSON.stringify([...skus].map((sku) => ({ sku })))],
  )
  return new Map(rows.map((row) => [row.sku, row]))
}

/** Takes product changes over; an older version than the one known changes nothing. */
export async function saveProducts(tx: Tx, products: readonly EventData<'io.orderflow.product.changed.v1'>[]): Promise<void> {
  await tx.run(
    `insert into products (sku, name, unit_price, currency, version)
     select r.sku, r.name, r.unit_price, r.currency, r.version
     from jsonb_to_recordset($1) as r(sku text, name text, unit_price bigint, currency text, version bigint)
     where true
     on conflict (sku) do update set name = excluded.name, unit_price = excluded.unit_price, currency = excluded.currency, version = excluded.version
     where excluded.version > products.version`,
    [
      JSON.stringify(
        products.map(({ sku, name, unitPrice, currency, version }) => ({ sku, name, unit_price: unitPrice, currency, version })),
      ),
    ],
  )
}
