import { Writable } from 'node:stream'

/** An output for readline that can be made silent while keys still work. */
export interface MutableOutput extends Writable {
  muted: boolean
}

export function createMutableOutput(stream: NodeJS.WriteStream): MutableOutput {
  const output = new Writable({
    write(chunk, _encoding, done) {
      // Not waited for: the order with what others write to the stream has to hold.
      if (!mutable.muted) stream.write(chunk)
      done()
    },
  })
  // readline lays its line out by these.
  Object.defineProperty(output, 'columns', { get: () => stream.columns })
  stream.on('resize', () => output.emit('resize'))
  const mutable = Object.assign(output, { muted: false })
  return mutable
}
