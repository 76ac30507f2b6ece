import type { ReplyEvent } from './event.js'

const csiKinds: Readonly<Record<string, ReplyEvent['kind']>> = {
  c: 'attributes',
  u: 'keyboard',
  $y: 'mode',
}

/** The answer in CSI ? parameters end, where `end` has the intermediate characters, too. */
export function csiReply(data: string, end: string): ReplyEvent | undefined {
  const kind = csiKinds[end]
  return kind === undefined ? undefined : { type: 'reply', kind, data }
}

/**
 * The answer in an OSC or DCS string, given from the character after ESC to before its terminator.
 * Undefined for any other string.
 */
export function stringReply(string: string): ReplyEvent | undefined {
  if (string.startsWith(']11;')) return { type: 'reply', kind: 'background', data: string.slice(4) }
  if (string.startsWith('P>|')) return { type: 'reply', kind: 'version', data: string.slice(3) }
  return undefined
}
