import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { createTokenVerifier, TOKEN_AUDIENCE, TOKEN_ISSUER } from './authentication.ts'

let published: JSONWebKeySet
let token: string

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  published = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] }
  token = await new SignJWT({ roles: ['customer'] })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setSubject('ann')
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey)
})

/** An identity-service that can be away, and counts how often it was asked. */
function anIdentityService() {
  const service = { isAway: false, asked: 0 }
  async function fetchKeys(): Promise<JSONWebKeySet> {
    service.asked += 1
    if (service.isAway) throw new Error('connection refused')
    return published
  }
  return { service, tokens: createTokenVerifier({ fetchKeys }) }
}

test('with keys fetched ahead a first token is verified while identity-service is away', async () => {
  const { service, tokens } = anIdentityService()
  await tokens.fetchAhead()
  service.isAway = true
  expect(await tokens.verify(token)).toEqual({ userId: 'ann', roles: ['customer'] })
})

test('keys that are there are not fetched ahead again', async () => {
  const { service, tokens } = anIdentityService()
  await tokens.fetchAhead()
  await tokens.fetchAhead()
  await tokens.verify(token)
  expect(service.asked).toBe(1)
})

test('keys that could not be fetched ahead are fetched when they are needed, and only then is it an error', async () => {
  const { service, tokens } = anIdentityService()
  service.isAway = true
  await tokens.fetchAhead()
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'unavailable' })
  service.isAway = false
  expect(await tokens.verify(token)).toEqual({ userId: 'ann', roles: ['customer'] })
})
