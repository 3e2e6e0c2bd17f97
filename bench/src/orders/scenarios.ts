import type { BenchCatalogue } from './participants.ts'

export type ScenarioName = 'spread' | 'hot'

const MAX_LINES = 3

/** The body of the next order, as JSON: 1 to 3 products of the whole catalogue, or always the same one. */
export function orderBody(scenario: ScenarioName, { spread, hot }: BenchCatalogue, random: () => number): string {
  const pick = () => spread[Math.floor(random() * spread.length)] ?? hot
  const skus = scenario === 'hot' ? [hot] : Array.from({ length: 1 + Math.floor(random() * MAX_LINES) }, pick)
  return JSON.stringify({ lines: skus.map((sku) => ({ sku, quantity: 1 })), payment: { method: 'card', token: 'tok_visa' } })
}
