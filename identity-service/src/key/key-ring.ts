import { createPrivateKey, generateKeyPair as generateKeyPairWithCallback, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { AppError, type Database, type Logger } from '@order-flow/service-kit'
import { calculateJwkThumbprint, exportJWK, type JSONWebKeySet } from 'jose'
import { type KeyPolicy, keyThatSigns, keyToMake, outlivedKeys, publicJwkOf, type SigningKey } from './signing-key.ts'
import type { SigningKeyStore } from './signing-key-store.ts'

export interface KeyRingParts {
  db: Database
  store: SigningKeyStore
  policy: KeyPolicy
  logger: Logger
  now: () => Date
}

/** The keys in use, held in memory. */
export interface KeyRing {
  /** Reads the keys anew, makes the next one when it is due and deletes the outlived. To be called every minute or so. */
  refresh(): Promise<void>
  /** The key that signs now. */
  current(): { kid: string; privateKey: KeyObject }
  /** The public keys: those that sign, will sign, or have signed tokens that may still be valid. */
  published(): JSONWebKeySet
}

const generateKeyPair = promisify(generateKeyPairWithCallback)
const MODULUS_BITS = 2048

/** Opens the ring; makes the first key when there is none. */
export async function openKeyRing({ db, store, policy, logger, now }: KeyRingParts): Promise<KeyRing> {
  let keys: readonly SigningKey[] = []
  const privateKeys = new Map<string, KeyObject>()

  async function refresh(): Promise<void> {
    keys = await store.all(db)
    const due = keyToMake(keys, now(), policy)
    const outlived = outlivedKeys(keys, now(), policy)
    if (!due && outlived.length === 0) return
    const made = due && { ...due, privateJwk: await createPrivateJwk() }
    const isAdded = await db.transaction(async (tx) => {
      await store.remove(tx, outlived)
      return made !== undefined && (await store.insertNew(tx, made))
    })
    if (isAdded) logger.info({ kid: made?.privateJwk.kid, signsFrom: made?.signsFrom }, 'signing key made')
    keys = await store.all(db)
    for (const { privateJwk } of outlived) privateKeys.delete(privateJwk.kid ?? '')
  }

  function current(): { kid: string; privateKey: KeyObject } {
    const key = keyThatSigns(keys, now())
    const kid = key?.privateJwk.kid
    if (!key || kid === undefined) throw new AppError('unavailable', 'There is no key to sign tokens with.')
    let privateKey = privateKeys.get(kid)
    if (!privateKey) {
      privateKey = createPrivateKey({ key: { ...key.privateJwk }, format: 'jwk' })
      privateKeys.set(kid, privateKey)
    }
    return { kid, privateKey }
  }

  await refresh()
  return { refresh, current, published: () => ({ keys: keys.map(publicJwkOf) }) }
}

async function createPrivateJwk() {
  const { privateKey } = await generateKeyPair('rsa', { modulusLength: MODULUS_BITS })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) }
}
