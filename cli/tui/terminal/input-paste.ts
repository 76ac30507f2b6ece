const mark = Buffer.from('\x1b[201~')
const nothing: Buffer = Buffer.alloc(0)

/** Collects a bracketed paste; its cost is that of its bytes, however they come. */
export interface PasteReader {
  /** Takes what belongs to the paste. What comes after its end, or undefined when it goes on. */
  take(bytes: Buffer): Buffer | undefined
  /** What was pasted, with \n for every line break, and an empty reader. */
  finish(): string
}

export function createPasteReader(): PasteReader {
  let parts: Buffer[] = []
  // The last bytes, which may be the beginning of the end mark.
  let held: Buffer = nothing
  return {
    take(bytes) {
      const all = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      const end = all.indexOf(mark)
      const taken = end < 0 ? Math.max(0, all.length - mark.length + 1) : end
      if (taken > 0) parts.push(all.subarray(0, taken))
      held = end < 0 ? all.subarray(taken) : nothing
      return end < 0 ? undefined : all.subarray(end + mark.length)
    },
    finish() {
      const text = Buffer.concat([...parts, held]).toString('utf8')
      parts = []
      held = nothing
      return text.replace(/\r\n?/g, '\n')
    },
  }
}
