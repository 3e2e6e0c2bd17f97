import type { OrderStatus } from '@order-flow/contracts'

export type Tone = 'good' | 'bad' | 'wait' | 'calm'

/** The colour that a status is shown in. */
export function toneOf(status: OrderStatus): Tone {
  switch (status) {
    case 'confirmed':
      return 'good'
    case 'rejected':
      return 'bad'
    case 'placed':
    case 'cancelling':
      return 'wait'
    case 'cancelled':
      return 'calm'
  }
}

const KNOWN = ['placed', 'confirmed', 'rejected', 'cancel_requested', 'cancelled', 'returned', 'refunded', 'attention_raised'] as const

/** The word under `event` in the languages for an event type such as `io.orderflow.order.placed.v1`. */
export function eventWord(type: string): (typeof KNOWN)[number] | 'other' {
  const name = type.split('.')[3]
  return KNOWN.find((known) => known === name) ?? 'other'
}
