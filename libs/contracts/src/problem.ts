import { type Static, Type } from 'typebox'

/**
 * Every HTTP error, as `application/problem+json` (RFC 9457). `type` is stable: programs may branch on it.
 * Further members give the facts, e.g. `errors` for a bad body or `retryAfterSeconds`.
 */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
)
export type Problem = Static<typeof Problem>
