/** A message may have this many bytes of UTF-8. No imports: clients check it before they send. */
export const maxMessageBytes = 4 * 1024 * 1024

/** A role's instructions may have so many UTF-16 units. */
export const maxInstructionsLength = 1_000_000

/** What is searched for may have so many UTF-16 units. */
export const maxSearchLength = 1_000

/** Why a message is too large to be sent; undefined: it is not. */
export function sizeProblem(message: string): string | undefined {
  // Three bytes a UTF-16 unit is the most there can be; count only when it may matter.
  if (message.length * 3 <= maxMessageBytes) return undefined
  const bytes = Buffer.byteLength(message)
  if (bytes <= maxMessageBytes) return undefined
  return `the message has ${bytes} bytes; at most ${maxMessageBytes} (4 MiB) are taken`
}
