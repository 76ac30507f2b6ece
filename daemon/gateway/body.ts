import type { Readable } from 'node:stream'

/** So much may wait for its reader before the socket is no longer read, bytes. */
const mostHeld = 256 * 1024

/**
 * The pieces of a body in order, and then its error if it broke; to be read once. It listens from
 * now on, because a stream drops what it still holds when its connection breaks, and that is text
 * which was paid for. Leaving early keeps the connection.
 */
export function piecesOf(body: Readable): AsyncIterable<Uint8Array> {
  const pieces: Uint8Array[] = []
  let held = 0
  let ended = false
  let failure: Error | undefined
  let wake = (): void => undefined
  const onData = (piece: Uint8Array): void => {
    pieces.push(piece)
    held += piece.length
    if (held > mostHeld) body.pause()
    wake()
  }
  const onEnd = (): void => {
    ended = true
    wake()
  }
  const onError = (error: Error): void => {
    failure = error
    wake()
  }
  const onClose = (): void => {
    if (!ended) failure ??= new Error('it was closed')
    wake()
  }
  body.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
  const read = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = pieces.shift()
        if (piece !== undefined) {
          held -= piece.length
          if (held <= mostHeld) body.resume()
          yield piece
        } else if (failure !== undefined) throw failure
        else if (ended) return
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    } finally {
      body.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
      body.pause()
    }
  }
  return { [Symbol.asyncIterator]: read }
}
