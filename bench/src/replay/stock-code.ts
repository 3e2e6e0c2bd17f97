import { Sku } from '@order-flow/contracts'
import { Compile } from 'typebox/compile'

const sku = Compile(Sku)
const PRODUCT_SHAPED = /^\d{5}[A-Z]{0,2}$/

/** A code of the file as a SKU: the file writes one code in upper and lower case. */
export function skuOf(stockCode: string): string {
  return stockCode.trim().toUpperCase()
}

/** Whether the shop can have a product of this SKU. */
export function isSku(text: string): boolean {
  return sku.Check(text)
}

/** Whether a SKU names a thing on a shelf; others are postage, fees, gift cards. */
export function isProductShaped(text: string): boolean {
  return PRODUCT_SHAPED.test(text)
}
