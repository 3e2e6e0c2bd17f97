import { Account, AccountImport, Credentials, ImportedAccounts, Registration, Session } from '@order-flow/contracts'
import { AppError, type HttpServer, hasRole, headerOf, identityOf, requireRole, type TokenVerifier } from '@order-flow/service-kit'
import { Type } from 'typebox'
import type { Accounts } from './account/accounts.ts'
import type { KeyRing } from './key/key-ring.ts'
import { clearedCookies, REFRESH_COOKIE, readCookie, sessionCookies } from './session/cookies.ts'
import type { SignIn } from './session/sign-in.ts'
import { sourceOf } from './session/source.ts'

export interface RoutesParts {
  signIn: SignIn
  accounts: Accounts
  keys: KeyRing
  tokens: TokenVerifier
  cookies: { secure: boolean; refreshSeconds: number }
}

// What is needed of Fastify's types; Fastify itself is service-kit's business.
type Request = Parameters<typeof headerOf>[0]
type Reply = { header(name: string, value: string | string[]): unknown }

/** Apps send the refresh token in the body, browsers in the cookie; the body goes first. */
const RefreshToken = Type.Union([
  Type.Object({ refreshToken: Type.Optional(Type.String({ maxLength: 200 })) }, { additionalProperties: false }),
  Type.Null(),
])
const AccountQuery = Type.Object({
  search: Type.Optional(Type.String({ maxLength: 100 })),
  cursor: Type.Optional(Type.String({ format: 'uuid' })),
})
const AccountId = Type.Object({ id: Type.String({ maxLength: 64 }) })
const AccountPage = Type.Object({ accounts: Type.Array(Account), nextCursor: Type.Union([Type.String(), Type.Null()]) })

const CREDENTIALS_LIMIT_BYTES = 8192

/** The HTTP door of identity-service. */
export function addRoutes(http: HttpServer, parts: RoutesParts): void {
  addAuthRoutes(http, parts)
  addAccountRoutes(http, parts)
  http.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300')
    return parts.keys.published()
  })
}

function addAuthRoutes(http: HttpServer, { signIn, accounts, tokens, cookies }: RoutesParts): void {
  const bodyLimit = CREDENTIALS_LIMIT_BYTES

  http.post('/api/auth/register', { bodyLimit, schema: { body: Registration, response: { 201: Session } } }, async (request, reply) => {
    const session = await signIn.register(request.body, sourceOfRequest(request))
    reply.code(201)
    return giveSession(reply, session, cookies)
  })

  http.post('/api/auth/login', { bodyLimit, schema: { body: Credentials, response: { 200: Session } } }, async (request, reply) =>
    giveSession(reply, await signIn.signIn(request.body, sourceOfRequest(request)), cookies),
  )

  http.post('/api/auth/refresh', { bodyLimit, schema: { body: RefreshToken, response: { 200: Session } } }, async (request, reply) => {
    const token = request.body?.refreshToken ?? readCookie(headerOf(request, 'cookie'), REFRESH_COOKIE)
    if (!token) throw new AppError('unauthorized', `Send the refresh token in the body or in the cookie ${REFRESH_COOKIE}.`)
    return giveSession(reply, await signIn.refresh(token), cookies)
  })

  http.post('/api/auth/logout', { bodyLimit, schema: { body: RefreshToken } }, async (request, reply) => {
    const token = request.body?.refreshToken ?? readCookie(headerOf(request, 'cookie'), REFRESH_COOKIE)
    if (token) await signIn.signOut(token)
    reply.header('set-cookie', clearedCookies(cookies.secure))
    return reply.code(204).send()
  })

  http.get('/api/auth/me', { onRequest: requireRole(tokens), schema: { response: { 200: Account } } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return accounts.get(identityOf(request).userId)
  })
}

function addAccountRoutes(http: HttpServer, { accounts, tokens }: RoutesParts): void {
  const importing = { onRequest: requireRole(tokens, 'operator'), schema: { body: AccountImport, response: { 200: ImportedAccounts } } }
  http.post('/api/accounts/import', importing, async (request) => accounts.importCustomers(request.body))

  const searching = {
    onRequest: requireRole(tokens, 'operator', 'agent'),
    schema: { querystring: AccountQuery, response: { 200: AccountPage } },
  }
  http.get('/api/accounts', searching, async (request) => accounts.search(request.query.search ?? '', request.query.cursor))

  const reading = { onRequest: requireRole(tokens), schema: { params: AccountId, response: { 200: Account } } }
  http.get('/api/accounts/:id', reading, async (request) => {
    const { id } = request.params
    const identity = identityOf(request)
    const isAllowed = identity.userId === id || hasRole(identity, 'operator') || hasRole(identity, 'agent')
    if (!isAllowed) throw new AppError('forbidden', 'Other accounts are for agents and operators.')
    return accounts.get(id)
  })
}

function sourceOfRequest(request: Request): string {
  return sourceOf(headerOf(request, 'x-forwarded-for'), request.ip)
}

function giveSession(reply: Reply, session: Session, { secure, refreshSeconds }: RoutesParts['cookies']): Session {
  const { accessToken, expiresInSeconds: accessSeconds, refreshToken } = session
  reply.header('set-cookie', sessionCookies({ accessToken, accessSeconds, refreshToken, refreshSeconds }, secure))
  reply.header('cache-control', 'no-store')
  return session
}
