import { type Static, Type } from 'typebox'

/**
 * How an order is paid: a token that the (simulated) payment provider made of a card. The shop never sees the card.
 * The test tokens are listed in TEST_CARDS.
 */
export const PaymentMethod = Type.Object(
  {
    method: Type.Literal('card'),
    token: Type.String({ pattern: '^tok_[a-z0-9_]{1,60}$' }),
  },
  { additionalProperties: false },
)
export type PaymentMethod = Static<typeof PaymentMethod>

/** What each test token of the simulated provider does. Any other token is declined as `invalid_token`. */
export const TEST_CARDS = [
  { token: 'tok_visa', behaviour: 'approved' },
  { token: 'tok_declined', behaviour: 'declined' },
  { token: 'tok_insufficient_funds', behaviour: 'insufficient_funds' },
  { token: 'tok_slow', behaviour: 'approved after 2 s' },
  { token: 'tok_timeout', behaviour: 'approved, but the first call gets no answer' },
  { token: 'tok_timeout_declined', behaviour: 'the first call gets no answer, declined after 2 s' },
] as const

export const DeclineCode = Type.Union([Type.Literal('declined'), Type.Literal('insufficient_funds'), Type.Literal('invalid_token')])
export type DeclineCode = Static<typeof DeclineCode>
