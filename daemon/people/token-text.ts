import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a made token says: which one it is, and the proof. */
export interface TokenText {
  id: string
  secret: string
}

const form = /^c2a_([0-9a-z]{1,64})_([0-9a-zA-Z]{1,128})$/

/** A new token, for nobody yet. Hexadecimal, as a double click selects it and no shell minds it. */
export function makeTokenText(): TokenText & { text: string } {
  const id = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('hex')
  return { id, secret, text: `c2a_${id}_${secret}` }
}

/** Undefined for what cannot be a made token, however long it is: nobody is asked about it. */
export function parseTokenText(text: string): TokenText | undefined {
  const [, id, secret] = form.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/**
 * What is kept of a secret. One round of SHA-256 is enough: slow hashes and salts are for passwords
 * that people choose, and nobody guesses 256 random bits, nor has a table of them.
 */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Takes as long for a wrong hash as for the right one. */
export function isSameHash(kept: Buffer, given: Buffer): boolean {
  return kept.byteLength === given.byteLength && timingSafeEqual(kept, given)
}
