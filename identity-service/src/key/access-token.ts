import type { Role } from '@order-flow/contracts'
import { newId, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@order-flow/service-kit'
import { SignJWT } from 'jose'
import type { KeyRing } from './key-ring.ts'

export interface AccessTokensParts {
  keys: KeyRing
  accessSeconds: number
  now: () => Date
}

/** Signs access tokens (RS256; `typ` is `JWT`, which is what Spring Security takes without being told). */
export function createAccessTokens({ keys, accessSeconds, now }: AccessTokensParts) {
  return {
    /** A token that says who the user is and which roles they have now. */
    async sign({ id, roles }: { id: string; roles: readonly Role[] }): Promise<string> {
      const { kid, privateKey } = keys.current()
      const issuedAt = Math.floor(now().getTime() / 1000)
      return new SignJWT({ roles })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
        .setIssuer(TOKEN_ISSUER)
        .setAudience(TOKEN_AUDIENCE)
        .setSubject(id)
        .setJti(newId())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + accessSeconds)
        .sign(privateKey)
    },
  }
}
export type AccessTokens = ReturnType<typeof createAccessTokens>
