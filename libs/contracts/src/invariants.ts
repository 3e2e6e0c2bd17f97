import { type Static, Type } from 'typebox'

/** A row that breaks a rule: ids and figures, nothing personal or secret. */
const Offender = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()]))

/** `GET /api/ops/invariants?at-rest=true` (operators): the rules that must hold whatever has happened, and whether they do. */
export const InvariantReport = Type.Object({
  checkedAt: Type.String(),
  /** Whether the rules that hold only when nothing is under way were checked too. */
  atRest: Type.Boolean(),
  /** How many orders there were. */
  orders: Type.Integer(),
  holds: Type.Boolean(),
  rules: Type.Array(
    Type.Object({
      /** `I1` to `I17`; one id may have several rules. */
      id: Type.String(),
      rule: Type.String(),
      holds: Type.Boolean(),
      /** The first that break it, at most 5. */
      offenders: Type.Array(Offender),
      /** How many break it; 100 stands for 100 or more. */
      found: Type.Integer(),
    }),
  ),
  /** What was left out, and why. */
  notChecked: Type.Array(Type.Object({ id: Type.String(), why: Type.String() })),
})
export type InvariantReport = Static<typeof InvariantReport>
