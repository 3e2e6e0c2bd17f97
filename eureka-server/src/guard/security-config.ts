import { type Static, Type } from 'typebox'
import { ACTIONS, type Action } from './access-rules.ts'

const Permissions = Type.Array(
  Type.Object(
    {
      action: Type.Unsafe<Action>({ type: 'string', enum: [...ACTIONS] }),
      applications: Type.Array(Type.String(), { default: ['*'], description: 'Names, or how they begin and *.' }),
    },
    { additionalProperties: false },
  ),
)

/** An account as it is configured. That it is whole is checked by `accountsOf`, whose words hold no password. */
export const AccountConfig = Type.Object(
  {
    name: Type.String({ default: '' }),
    password: Type.String({ default: '', description: 'Plain, or its argon2 hash.' }),
    token: Type.String({ default: '', description: 'For Authorization: Bearer.' }),
    may: Type.Unsafe<Static<typeof Permissions>>({ ...Permissions, default: [] }),
  },
  { additionalProperties: false },
)
export type AccountConfig = Static<typeof AccountConfig>

/** `eureka.server.security`. */
export const SecurityConfig = Type.Object(
  {
    enabled: Type.Union([Type.Boolean(), Type.Literal('auto')], {
      default: 'auto',
      description: 'Whether requests need an account; auto: unless only this machine can reach the server.',
    }),
    accounts: Type.Array(AccountConfig, { default: [], description: 'Empty: an operator and a client, made at the first start.' }),
    anonymous: Type.Unsafe<Static<typeof Permissions>>({
      ...Permissions,
      default: [],
      description: 'What may be done without an account.',
    }),
    hosts: Type.Array(Type.String(), { default: [], description: 'More names of this machine, where requests need no account.' }),
    requestsPerSecond: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Of one client, on average; 0: any number. Default: 2000 where requests need an account.' }),
    ),
    burst: Type.Integer({ default: 4000, minimum: 1, description: 'Of one client at once.' }),
    failuresPerMinute: Type.Integer({ default: 10, minimum: 1, description: 'Wrong credentials from one address.' }),
  },
  { default: {} },
)
export type SecurityConfig = Static<typeof SecurityConfig>

/** `spring.security`: Spring's own account. */
export const SpringSecurityConfig = Type.Object(
  {
    user: Type.Object(
      {
        name: Type.String({ default: 'user' }),
        password: Type.String({ default: '', description: 'Empty: there is no such account.' }),
      },
      { default: {} },
    ),
  },
  { default: {} },
)
export type SpringSecurityConfig = Static<typeof SpringSecurityConfig>
