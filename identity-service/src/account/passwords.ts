import { hash, verify } from '@node-rs/argon2'
import { createConcurrencyLimit } from './concurrency-limit.ts'

export interface PasswordsOptions {
  maxConcurrent: number
  maxWaiting: number
  /** Default: argon2id of @node-rs/argon2. */
  argon2?: { hash: typeof hash; verify: typeof verify }
}

/** OWASP's parameters for argon2id, which is the library's default kind. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hashes and checks passwords, few at a time: hashing is made to be expensive, and must not eat the machine. */
export interface Passwords {
  /** The argon2id hash in PHC form. Errors: `unavailable` when too many wait. */
  hash(password: string): Promise<string>
  /** Whether the password belongs to the hash. Without a hash it answers false after the same work. Errors: as above. */
  verify(passwordHash: string | null | undefined, password: string): Promise<boolean>
}

/** Makes it; computes one hash for those who have none. */
export async function createPasswords({ argon2 = { hash, verify }, ...bounds }: PasswordsOptions): Promise<Passwords> {
  const limit = createConcurrencyLimit(bounds)
  // Nobody's password: an unknown address is checked against it, so that it takes as long as a wrong password.
  const dummyHash = await argon2.hash(crypto.randomUUID(), COST)

  return {
    hash: (password) => limit.run(() => argon2.hash(normalise(password), COST)),
    async verify(passwordHash, password) {
      const isRight = await limit.run(() => argon2.verify(passwordHash ?? dummyHash, normalise(password)))
      return isRight && typeof passwordHash === 'string'
    },
  }
}

/** Keyboards differ in how they compose 한 or é; the password is the same. */
function normalise(password: string): string {
  return password.normalize('NFKC')
}
