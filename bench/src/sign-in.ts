import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Credentials, Session } from '@order-flow/contracts'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { EXIT, Failure } from './command.ts'
import { type Call, type Gateway, problemOf, type Reply } from './gateway.ts'

const OPERATORS = [
  { file: 'demo-accounts.json', schema: Type.Object({ operator: Credentials }), role: 'operator' },
  // A shop that was started with --no-demo.
  { file: 'admin-account.json', schema: Type.Object({ admin: Credentials }), role: 'admin' },
] as const

/** The operator's sign-in as the first start wrote it into `dataFolder`; a Failure says what is missing. */
export async function readOperator(dataFolder: string): Promise<Credentials> {
  for (const { file, schema, role } of OPERATORS) {
    const path = join(dataFolder, file)
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw new Failure(EXIT.badInput, `${path} cannot be read (${error.code}).`)
    })
    if (text === undefined) continue
    const accounts = parsed(text)
    if (!Value.Check(schema, accounts)) throw new Failure(EXIT.badInput, `${path} does not hold the sign-in of an operator.`)
    return (accounts as Record<string, Credentials>)[role] as Credentials // checked against the schema of this role
  }
  const path = join(dataFolder, OPERATORS[0].file)
  throw new Failure(EXIT.badInput, `${path} does not exist: start the system once with \`npm start\`, or name its folder with --data.`)
}

/** How long before its end an access token is no longer used: longer than any single call takes. */
const RENEW_BEFORE_MS = 45_000

/**
 * Keeps one account signed in: `token` answers an access token that is good for a while, renewing it when needed;
 * `send` makes a call with it, and once more with a new one when the gateway answers 401.
 */
export function createSignIn(gateway: Gateway, open: (gateway: Gateway) => Promise<Session>) {
  let session: Session | undefined
  let goodUntilMs = 0
  let renewing: Promise<string> | undefined

  async function renew(): Promise<string> {
    const next = (session && (await refresh(gateway, session.refreshToken))) ?? (await open(gateway))
    session = next
    // A token that lives for less than two margins is used for half its life.
    const lifeMs = next.expiresInSeconds * 1000
    goodUntilMs = performance.now() + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs / 2)
    return next.accessToken
  }

  function renewOnce(): Promise<string> {
    renewing ??= renew().finally(() => {
      renewing = undefined
    })
    return renewing
  }

  async function token(): Promise<string> {
    return session && performance.now() < goodUntilMs ? session.accessToken : renewOnce()
  }

  return {
    token,
    account: async () => {
      await token()
      return session?.account
    },
    async send(call: Call): Promise<Reply> {
      const reply = await gateway.send(withToken(call, await token()))
      return reply.status === 401 ? gateway.send(withToken(call, await renewOnce())) : reply
    },
  }
}

export type SignIn = ReturnType<typeof createSignIn>

/** Opens a session by email and password. `patienceMs` bounds the wait for a gateway that is not there. */
export function withPassword(credentials: Credentials, patienceMs?: number): (gateway: Gateway) => Promise<Session> {
  return async (gateway) => {
    const call: Call = { method: 'POST', path: '/api/auth/login', body: credentials, ...(patienceMs !== undefined && { patienceMs }) }
    const reply = await gateway.send(call)
    if (reply.status === 200 && Value.Check(Session, reply.body)) return reply.body
    throw new Failure(EXIT.failed, `${gateway.url} refuses the sign-in of ${credentials.email}: ${explain(reply)}.`)
  }
}

/** "401 Unauthorized: why" of an unsuccessful reply, without a full stop. */
export function explain(reply: Reply): string {
  const { title, detail } = problemOf(reply)
  const facts = detail && detail !== title ? `${title}: ${detail}` : title
  return `${reply.status} ${facts}`.replace(/\.$/, '')
}

async function refresh(gateway: Gateway, refreshToken: string): Promise<Session | undefined> {
  const reply = await gateway.send({ method: 'POST', path: '/api/auth/refresh', body: { refreshToken } })
  return reply.status === 200 && Value.Check(Session, reply.body) ? reply.body : undefined
}

function withToken(call: Call, token: string): Call {
  return { ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
