import { sanitise } from '../text/sanitise.js'

/**
 * JSON that a terminal may be given: JSON.stringify leaves C1 controls and bidirectional overrides
 * as they are; here they are escapes, which a parser reads as the same text.
 */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/[^\x20-\x7e\n]/gu, (character) =>
    sanitise(character) === character ? character : escaped(character),
  )
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16)
    return `\\u${unit.padStart(4, '0')}`
  }).join('')
}
