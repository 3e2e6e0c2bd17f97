import { type Static, Type } from 'typebox'

export const Role = Type.Union([Type.Literal('customer'), Type.Literal('agent'), Type.Literal('operator'), Type.Literal('admin')])
export type Role = Static<typeof Role>

const Email = Type.String({ format: 'email', maxLength: 254 })
const Password = Type.String({ minLength: 10, maxLength: 256 })
const Name = Type.String({ minLength: 1, maxLength: 100 })

/** `POST /api/auth/register`: makes a customer; the answer is that of a sign-in. */
export const Registration = Type.Object({ email: Email, password: Password, name: Name }, { additionalProperties: false })
export type Registration = Static<typeof Registration>

/** `POST /api/auth/login`. */
export const Credentials = Type.Object(
  { email: Type.String({ minLength: 1, maxLength: 254 }), password: Type.String({ minLength: 1, maxLength: 256 }) },
  { additionalProperties: false },
)
export type Credentials = Static<typeof Credentials>

export const Account = Type.Object({
  id: Type.String(),
  email: Type.Union([Type.String(), Type.Null()]),
  name: Type.String(),
  roles: Type.Array(Role),
})
export type Account = Static<typeof Account>

/** The answer of register, login and refresh. Browsers use the HttpOnly cookies set beside it and ignore the tokens. */
export const Session = Type.Object({
  accessToken: Type.String(),
  expiresInSeconds: Type.Integer(),
  refreshToken: Type.String(),
  account: Account,
})
export type Session = Static<typeof Session>

/**
 * `POST /api/accounts/import` (operators): customers known elsewhere, without a password. Importing a reference again
 * changes nothing and answers with the same id. At most 1,000 at once.
 */
export const AccountImport = Type.Object(
  {
    accounts: Type.Array(
      Type.Object({ reference: Type.String({ minLength: 1, maxLength: 100 }), name: Name }, { additionalProperties: false }),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  { additionalProperties: false },
)
export type AccountImport = Static<typeof AccountImport>

export const ImportedAccounts = Type.Object({
  accounts: Type.Array(Type.Object({ reference: Type.String(), id: Type.String() })),
})
export type ImportedAccounts = Static<typeof ImportedAccounts>
