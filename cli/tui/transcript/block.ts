import type { Theme } from '../../text/theme.js'

/** How blocks are drawn just now. A change makes a new one, so that it can be compared by identity. */
export interface Look {
  /** Cells. */
  readonly width: number
  readonly theme: Theme
  /** The whole reasoning is shown, not one line about it. */
  readonly expanded: boolean
  /** The key that changes that, for the hint beside it. */
  readonly reasoningKey: string | undefined
  /** The keys that answer again, for the hint under an answer that can be given again. */
  readonly retryKeys: string | undefined
}

/** Drawn lines, each with its SGR closed; a plain array is one, too. */
export interface Lines {
  readonly length: number
  at(index: number): string | undefined
}

/** Something in the transcript that is drawn when somebody looks at it. */
export interface Block {
  /** Its lines by now, at least one; cheap when nothing changed. Never throws. */
  lines(look: Look): Lines
}

/** Lines of several lists one after the other. */
export function joinLines(sections: readonly (readonly string[])[]): Lines {
  let length = 0
  for (const section of sections) length += section.length
  return {
    length,
    at(index) {
      let left = index
      for (const section of sections) {
        if (left < section.length) return section[left]
        left -= section.length
      }
      return undefined
    },
  }
}
