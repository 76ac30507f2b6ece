import { Writable } from 'node:stream'

/** An output for readline that can be made silent while keys still work; whoever made it destroys it. */
export interface MuteableOutput extends Writable {
  muted: boolean
}

export function createMuteableOutput(stream: NodeJS.WriteStream): MuteableOutput {
  const onResize = (): void => void output.emit('resize')
  const output = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        // Not waited for: the order with what others write to the stream has to hold.
        if (!output.muted) stream.write(chunk)
        done()
      },
      destroy(error, done) {
        stream.off('resize', onResize)
        done(error)
      },
    }),
    { muted: false },
  )
  // readline lays its line out by these.
  Object.defineProperty(output, 'columns', { get: () => stream.columns })
  stream.on('resize', onResize)
  return output
}
