/** Random numbers that can be had again: C2A_SEED=n repeats a run that failed. */
export interface Random {
  readonly seed: number
  /** From 0 up to, but not including, 1. */
  next(): number
  /** A whole number from `least` up to, but not including, `below`. */
  between(least: number, below: number): number
  /** One of them; there must be one. */
  oneOf<Item>(items: readonly Item[]): Item
}

/** Mulberry32: small, and even enough to choose moments by. */
export function createRandom(seed = seedOfRun()): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, below: number): number =>
    least + Math.floor(next() * (below - least))
  return {
    seed,
    next,
    between,
    oneOf(items) {
      const item = items[between(0, items.length)]
      if (item === undefined) throw new Error('nothing to choose from')
      return item
    },
  }
}

function seedOfRun(): number {
  const asked = process.env['C2A_SEED']
  return asked === undefined ? Date.now() % 2 ** 31 : Number(asked)
}
