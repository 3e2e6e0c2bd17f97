/** A new random id (128 bits, hex). `crypto.randomUUID` is missing where the page is served over plain HTTP. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
