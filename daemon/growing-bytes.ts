/**
 * Bytes that come in pieces, as one buffer. A list of the pieces would do where they are large; of one
 * byte each they take a hundred times as much as they bring.
 */
export interface GrowingBytes {
  readonly length: number
  add(piece: Uint8Array): void
  /** All of them; from then on it is empty again. */
  take(): Buffer
}

export function createGrowingBytes(): GrowingBytes {
  let held = Buffer.alloc(0)
  let length = 0
  return {
    get length() {
      return length
    },
    add(piece) {
      const needed = length + piece.byteLength
      if (needed > held.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * held.length))
        held.copy(larger, 0, 0, length)
        held = larger
      }
      held.set(piece, length)
      length = needed
    },
    take() {
      const whole = held.subarray(0, length)
      held = Buffer.alloc(0)
      length = 0
      return whole
    },
  }
}
