import { type Static, Type } from 'typebox'

/** An event that a consumer gave up on, or that waits behind such an event of the same order. */
export const DeadLetter = Type.Object({
  id: Type.String(),
  type: Type.String(),
  subject: Type.String(),
  attempts: Type.Integer(),
  cause: Type.String(),
  parkedAt: Type.String(),
  /** How many later events of the same aggregate wait for this one. */
  waitingBehind: Type.Integer(),
})
export type DeadLetter = Static<typeof DeadLetter>

/** `GET /api/operations/{service}/dead-letters` (operators). */
export const DeadLetterList = Type.Object({ deadLetters: Type.Array(DeadLetter) })
export type DeadLetterList = Static<typeof DeadLetterList>
