import type { Role } from '@order-flow/contracts'
import type { FastifyRequest } from 'fastify'
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { AppError, messageOf } from './errors.ts'
import { headerOf } from './http-server.ts'

export const TOKEN_ISSUER = 'order-flow'
export const TOKEN_AUDIENCE = 'order-flow'

/** Who is asking. */
export interface Identity {
  userId: string
  roles: readonly Role[]
}

export interface TokenVerifier {
  /** Checks signature, issuer, audience and times. Errors: `unauthorized`; `unavailable` when no keys can be had. */
  verify(token: string): Promise<Identity>
}

/** A verifier that has its keys from identity-service. */
export interface RemoteTokenVerifier extends TokenVerifier {
  /** Fetches the keys if there are none yet; that they cannot be had is told to the first who needs them. Never rejects. */
  fetchAhead(): Promise<void>
}

export interface TokenVerifierOptions {
  /** Asks identity-service for its published keys (JWKS). */
  fetchKeys: () => Promise<JSONWebKeySet>
  maxCachedTokens?: number
  /** An unknown key id makes us ask again, but not more often than this. */
  minRefetchMs?: number
}

interface Verified {
  identity: Identity
  expiresAtMs: number
}

const ROLES: readonly string[] = ['customer', 'agent', 'operator', 'admin'] satisfies Role[]
const CLOCK_SKEW_SECONDS = 5

/**
 * Verifies access tokens (RS256 JWTs of identity-service). A verified token is remembered until it expires, since a
 * look-up costs a twentieth of a signature check. Keys are fetched ahead or at first need, and when an unknown key id turns up.
 */
export function createTokenVerifier({
  fetchKeys,
  maxCachedTokens = 20_000,
  minRefetchMs = 5000,
}: TokenVerifierOptions): RemoteTokenVerifier {
  const verified = new LRUCache<string, Verified>({ max: maxCachedTokens })
  let keys: { set: ReturnType<typeof createLocalJWKSet>; fetchedAtMs: number } | undefined
  let fetching: Promise<void> | undefined

  function refreshKeys(): Promise<void> {
    fetching ??= fetchKeys()
      .then((jwks) => {
        keys = { set: createLocalJWKSet(jwks), fetchedAtMs: Date.now() }
      })
      .catch((error: unknown) => {
        throw new AppError('unavailable', `The sign-in keys cannot be fetched: ${messageOf(error)}.`, { cause: error })
      })
      .finally(() => {
        fetching = undefined
      })
    return fetching
  }

  async function check(token: string): Promise<Verified> {
    if (!keys) await refreshKeys()
    try {
      return await checkWithKnownKeys(token)
    } catch (error) {
      const stale = Date.now() - (keys?.fetchedAtMs ?? 0) >= minRefetchMs
      if (!(error instanceof errors.JWKSNoMatchingKey) || !stale) throw error
      await refreshKeys()
      return checkWithKnownKeys(token)
    }
  }

  async function checkWithKnownKeys(token: string): Promise<Verified> {
    if (!keys) throw new AppError('unavailable', 'The sign-in keys have not been fetched yet.')
    const { payload } = await jwtVerify(token, keys.set, {
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
      algorithms: ['RS256'],
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['sub', 'exp', 'roles'],
    })
    const roles = Array.isArray(payload.roles) ? payload.roles.filter(isRole) : []
    return { identity: Object.freeze({ userId: payload.sub ?? '', roles: Object.freeze(roles) }), expiresAtMs: (payload.exp ?? 0) * 1000 }
  }

  return {
    fetchAhead: async () => (keys ? undefined : refreshKeys().catch(() => undefined)),
    async verify(token) {
      const known = verified.get(token)
      if (known && known.expiresAtMs > Date.now()) return known.identity
      if (known) verified.delete(token)
      try {
        const fresh = await check(token)
        verified.set(token, fresh)
        return fresh.identity
      } catch (error) {
        if (error instanceof AppError) throw error
        throw new AppError('unauthorized', 'The access token is not valid or has expired; sign in again.', {
          cause: error,
          problem: 'invalid-token',
        })
      }
    },
  }
}

function isRole(value: unknown): value is Role {
  return typeof value === 'string' && ROLES.includes(value)
}

/** The token of `Authorization: Bearer ...`, if that is what the header holds. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined
}

const identities = new WeakMap<FastifyRequest, Identity>()

/**
 * A Fastify `onRequest` hook that lets only signed-in users pass, and of those only such with one of the roles when
 * any are named. Errors: `unauthorized`, `forbidden`.
 */
export function requireRole(verifier: TokenVerifier, ...roles: readonly Role[]): (request: FastifyRequest) => Promise<void> {
  return async function checkRole(request) {
    const token = bearerToken(headerOf(request, 'authorization'))
    if (!token) throw new AppError('unauthorized', 'Sign in, and send the access token as "Authorization: Bearer ...".')
    const identity = await verifier.verify(token)
    if (roles.length > 0 && !roles.some((role) => hasRole(identity, role))) {
      throw new AppError('forbidden', `This needs the role ${roles.join(' or ')}.`)
    }
    identities.set(request, identity)
  }
}

/** Who sent a request that passed `requireRole`. */
export function identityOf(request: FastifyRequest): Identity {
  const identity = identities.get(request)
  if (!identity) throw new AppError('internal', `The route ${request.routeOptions.url} asks who is there without requireRole.`)
  return identity
}

/** Whether the user has the role; admins have every one. */
export function hasRole(identity: Identity, role: Role): boolean {
  return identity.roles.includes(role) || identity.roles.includes('admin')
}
