/** Between two lines that replace each other, ms. */
const everyMs = 200

export interface Progress {
  show(text: string): void
  /** Leaves no trace of it. */
  done(): void
}

/** A line on stderr that says how far it is; only a terminal is told. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let last = Number.NEGATIVE_INFINITY
  let shown = false
  return {
    show(text) {
      const now = performance.now()
      if (!stream.isTTY || now - last < everyMs) return
      last = now
      shown = true
      stream.write(`\r\u001b[Kc2a: ${text}`)
    },
    done() {
      if (shown) stream.write('\r\u001b[K')
      shown = false
    },
  }
}
