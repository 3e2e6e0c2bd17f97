import type { BenchCatalogue } from './participants.ts'

export const SCENARIOS = ['spread', 'hot'] as const
export type ScenarioName = (typeof SCENARIOS)[number]

const MAX_LINES = 3
const BODIES = 4096

/**
 * The bodies of orders, as JSON, one after the other: 1 to 3 products of the whole catalogue, or always the same one.
 * Made beforehand, so that the load costs no more than it must.
 */
export function orderBodies(scenario: ScenarioName, { spread, hot }: BenchCatalogue, random: () => number): () => string {
  const pick = () => spread[Math.floor(random() * spread.length)] ?? hot
  const bodies = Array.from({ length: BODIES }, () => {
    const skus = scenario === 'hot' ? [hot] : Array.from({ length: 1 + Math.floor(random() * MAX_LINES) }, pick)
    return JSON.stringify({ lines: skus.map((sku) => ({ sku, quantity: 1 })), payment: { method: 'card', token: 'tok_visa' } })
  })
  let number = 0
  return () => bodies[number++ % BODIES] ?? ''
}
