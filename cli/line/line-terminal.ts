import { PassThrough } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createPasteSplitter } from './line-paste.js'

const paste = { on: '\x1b[?2004h', off: '\x1b[?2004l' }
/** 128 and the number of SIGTERM, as a shell says it. */
const terminated = 143

export interface LineTerminal {
  /** The keys that are typed, without what is pasted. */
  readonly keys: NodeJS.ReadableStream
  /** Stops the program as Ctrl+Z does elsewhere. */
  suspend(): void
  close(): void
}

/** Takes the keyboard: raw, and with pastes told apart. Whatever ends the program gives it back. */
export function openLineTerminal(options: {
  bracketedPaste: boolean
  onPaste(text: string): void
  /** The program goes on after it was stopped; what is on the screen is the shell's. */
  onContinue(): void
}): LineTerminal {
  const { stdin, stdout } = process
  const keys = new PassThrough()
  const decoder = new StringDecoder('utf8')
  const split = createPasteSplitter({
    // Not written: what was typed before a paste has to be in the line before it.
    onKeys: (text) => keys.emit('data', text),
    onPaste: options.onPaste,
  })
  let entered = false
  const enter = (): void => {
    entered = true
    stdin.setRawMode(true)
    if (options.bracketedPaste) stdout.write(paste.on)
  }
  const leave = (): void => {
    if (!entered) return
    entered = false
    if (options.bracketedPaste) stdout.write(paste.off)
    stdin.setRawMode(false)
  }
  const onData = (chunk: Buffer): void => split(decoder.write(chunk))
  const onEnd = (): boolean => keys.emit('end')
  const onContinue = (): void => {
    // A shell has its own modes; ours are set only where they seem to have changed.
    leave()
    enter()
    options.onContinue()
  }
  const onTerm = (): void => process.exit(terminated)
  enter()
  stdin.on('data', onData).on('end', onEnd)
  process.on('exit', leave).on('SIGCONT', onContinue).on('SIGTERM', onTerm)
  return {
    keys,
    suspend() {
      leave()
      // With whoever runs us in the same job.
      process.kill(0, 'SIGTSTP')
    },
    close() {
      leave()
      stdin.off('data', onData).off('end', onEnd).pause()
      process.off('exit', leave).off('SIGCONT', onContinue).off('SIGTERM', onTerm)
    },
  }
}
