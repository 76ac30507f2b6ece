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

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  const unit = bytes < 1_000_000 ? 'kB' : bytes < 1_000_000_000 ? 'MB' : 'GB'
  const amount = bytes / { kB: 1e3, MB: 1e6, GB: 1e9 }[unit]
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`
}

export function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
