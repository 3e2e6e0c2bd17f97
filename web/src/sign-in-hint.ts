const STORAGE_KEY = 'order-flow.signed-in'

/**
 * Whether somebody may be signed in here. The cookies that tell are hidden from scripts, so the page keeps this beside
 * them: who never signed in is not asked for, which would only be refused.
 */
export function mayBeSignedIn(): boolean {
  return localStorage.getItem(STORAGE_KEY) !== null
}

/** Keeps whether somebody is signed in, as the server has just said. */
export function keepSignIn(signedIn: boolean): void {
  if (signedIn) localStorage.setItem(STORAGE_KEY, 'yes')
  else localStorage.removeItem(STORAGE_KEY)
}
