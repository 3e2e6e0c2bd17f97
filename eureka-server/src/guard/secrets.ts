import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { hash as argon2, parseOptions, verify as verifyArgon2 } from '@node-rs/argon2'
import { AppError } from '@order-flow/service-kit'

/** A password or token as it is kept: what tells the right one from others, not the secret itself. */
export type Secret = { kind: 'digest'; digest: Buffer } | { kind: 'argon2'; phc: string }

// Digests of two processes differ, so that nobody can compute one beforehand.
const SALT = randomBytes(32).toString('hex')
const OF_SPRING = /^\{([^{}]*)\}/

/** A digest for comparing within this process. */
export function digestOf(text: string): Buffer {
  return hash('sha256', SALT + text, 'buffer')
}

/**
 * Reads a configured password: plain, or its argon2 hash (`$argon2id$...`), or either in Spring's form (`{noop}plain`,
 * `{argon2}$argon2id$...`). Errors: `invalid` for another form, without the password.
 */
export function secretOf(password: string, owner: string): Secret {
  const form = OF_SPRING.exec(password)?.[1]
  const text = password.replace(OF_SPRING, '')
  if (form !== undefined && form !== 'noop' && !/^argon2(@.*)?$/.test(form)) {
    throw new AppError('invalid', `The password of "${owner}" begins with {${form}}: of Spring's forms only {noop} and {argon2} are known.`)
  }
  if (form === 'noop' || (form === undefined && !text.startsWith('$argon2'))) return { kind: 'digest', digest: digestOf(text) }
  try {
    parseOptions(text)
  } catch {
    throw new AppError('invalid', `The password of "${owner}" is no argon2 hash, though it begins like one.`)
  }
  return { kind: 'argon2', phc: text }
}

/** Whether the text is the secret; takes as long for a wrong one. */
export function isSecret(text: string, secret: Secret): boolean | Promise<boolean> {
  return secret.kind === 'argon2' ? verifyArgon2(secret.phc, text) : isDigestOf(text, secret.digest)
}

/** Whether the digest is of this text; takes as long for a wrong one. */
export function isDigestOf(text: string, digest: Buffer): boolean {
  return timingSafeEqual(digestOf(text), digest)
}

/** What nobody's password is: whoever does not exist is checked against it. */
export async function impossibleSecret(): Promise<Secret> {
  return { kind: 'argon2', phc: await argon2(randomPassword()) }
}

/** 192 random bits in letters that need no escaping in a URL. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url')
}
