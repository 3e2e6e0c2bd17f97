import type { Queryable, Tx } from '@order-flow/service-kit'

/** What is known here of an order. */
export interface KnownOrder {
  orderId: string
  number: string
  customerId: string
}

/** Notes whose orders these are; known ones stay as they are. */
export async function rememberOrders(tx: Tx, orders: readonly KnownOrder[]): Promise<void> {
  await tx.insertNew(
    'orders',
    'order_id',
    orders.map(({ orderId, number, customerId }) => ({ order_id: orderId, number, customer_id: customerId })),
  )
}

export async function findOrder(db: Queryable, orderId: string): Promise<KnownOrder | undefined> {
  const [row] = await db.all<{ number: string; customer_id: string }>('select number, customer_id from orders where order_id = $1', [
    orderId,
  ])
  return row && { orderId, number: row.number, customerId: row.customer_id }
}
