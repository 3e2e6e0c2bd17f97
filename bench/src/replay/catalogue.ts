import type { ProductChange } from '@order-flow/contracts'
import type { Sale } from './invoices.ts'
import { MICROS_PER_MINOR } from './money.ts'
import { isProductShaped, isSku } from './stock-code.ts'

/** A product to make, and how many units of it the whole file sells (0 where stock is not tracked). */
export interface CatalogueProduct {
  sku: string
  change: ProductChange
  stock: number
}

const MAX_NAME_LENGTH = 200

/**
 * Collects what the file's lines tell about each code: one code has several descriptions and prices there. The most
 * frequent one wins, the first one among equals; descriptions of priced lines before the notes ("damaged") of the others.
 */
export function createCatalogue() {
  const entries = new Map<string, Entry>()

  return {
    add(line: { sku: string; description: string; price: bigint }): void {
      if (!isSku(line.sku)) return
      const entry = entries.get(line.sku) ?? { names: new Map(), notes: new Map(), prices: new Map() }
      entries.set(line.sku, entry)
      if (line.description !== '') count(line.price > 0n ? entry.names : entry.notes, line.description)
      if (line.price >= MICROS_PER_MINOR && line.price % MICROS_PER_MINOR === 0n) count(entry.prices, line.price)
    },

    /** The products, by code. A code without a price is made at 0, to be ordered only at an agreed price. */
    products(sales: Sale[]): CatalogueProduct[] {
      const sold = unitsSold(sales)
      return [...entries.entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([sku, entry]) => ({ sku, change: productOf(sku, entry), stock: isProductShaped(sku) ? (sold.get(sku) ?? 0) : 0 }))
    },
  }
}

export type Catalogue = ReturnType<typeof createCatalogue>

interface Entry {
  names: Map<string, number>
  notes: Map<string, number>
  prices: Map<bigint, number>
}

// The first one that fits; an order of specific before general.
const CATEGORIES: [RegExp, string][] = [
  [/CHRISTMAS|XMAS|ADVENT|REINDEER|SNOW|SANTA/, 'Christmas'],
  [/LIGHT|LAMP|LANTERN|CANDLE|CHANDELIER/, 'Lighting and candles'],
  [/\bBAGS?\b|PURSE|SHOPPER|SUITCASE|RUCKSACK/, 'Bags'],
  [/MUG|CUP|TEA|COFFEE|PLATE|BOWL|KITCHEN|CAKE|BAKING|JAR|TIN\b|TINS|GLASS|SPOON|CUTLERY|BOTTLE|LUNCH|APRON|TRAY/, 'Kitchen and table'],
  [/CARD|PAPER|WRAP|NOTEBOOK|PEN\b|PENCIL|STICKER|BOOK|CHALK|STATIONERY|ENVELOPE/, 'Paper and stationery'],
  [/TOY|DOLL|GAME|PUZZLE|JIGSAW|CHILD|PLAYHOUSE|SKIPPING|SPACEBOY|BABUSHKA/, 'Toys and children'],
  [/NECKLACE|BRACELET|EARRING|RING\b|BROOCH|JEWEL|HAIR/, 'Jewellery'],
  [/GARDEN|PLANT|FLOWER|BIRD|HERB|SEED|PARASOL|PICNIC/, 'Garden and outdoors'],
  [/FRAME|CLOCK|MIRROR|CUSHION|HANGER|HOOK|DOORMAT|DRAWER|CABINET|SIGN|HANGING|ORNAMENT|HEART|DECORATION/, 'Home decoration'],
]

/** The shelf a product of this name stands on, by the words of its name. */
export function categoryOf(name: string): string {
  return CATEGORIES.find(([words]) => words.test(name.toUpperCase()))?.[1] ?? 'Gifts'
}

function productOf(sku: string, entry: Entry): ProductChange {
  const name = (mostFrequent(entry.names) ?? mostFrequent(entry.notes) ?? sku).slice(0, MAX_NAME_LENGTH)
  const tracksStock = isProductShaped(sku)
  const unitPrice = Number((mostFrequent(entry.prices) ?? 0n) / MICROS_PER_MINOR)
  return { name, category: tracksStock ? categoryOf(name) : 'Services', unitPrice, currency: 'GBP', tracksStock }
}

function unitsSold(sales: Sale[]): Map<string, number> {
  const sold = new Map<string, number>()
  for (const { lines } of sales) for (const { sku, quantity } of lines) sold.set(sku, (sold.get(sku) ?? 0) + quantity)
  return sold
}

function count<T>(counts: Map<T, number>, value: T): void {
  counts.set(value, (counts.get(value) ?? 0) + 1)
}

function mostFrequent<T>(counts: Map<T, number>): T | undefined {
  let best: [T, number] | undefined
  for (const entry of counts) if (!best || entry[1] > best[1]) best = entry
  return best?.[0]
}
