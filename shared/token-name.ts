/*
 * Names of people that tokens are made for. No imports: both sides load it, the client without zod.
 */

/** One spelling of a name: `Bob` and `bob` are one person. */
export function normalTokenName(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase()
}

/** Letters, digits and what mail addresses have: nothing that a shell or a list would trip over. */
export const tokenNameForm = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,63}$/u
