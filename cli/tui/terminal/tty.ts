import type { InputEvent } from './event.js'
import { enterModes, leaveModes, mouseModes } from './modes.js'
import { closeWhenGone } from './tty-hangup.js'
import { createTtyInput, type TtyStdin } from './tty-input.js'
import { createTtyOutput, type OutputStream } from './tty-output.js'
import { watchSignals } from './tty-signals.js'
import { timer as systemTimer, type Timer } from './tty-timer.js'

/** In cells. */
interface TtySize {
  readonly columns: number
  readonly rows: number
}

/** What is needed of process.stdout. */
type TtyStdout = OutputStream & {
  readonly columns: number
  readonly rows: number
}

export interface TtyOptions {
  readonly stdin: TtyStdin
  readonly stdout: TtyStdout
  /** Gets the message of an error that ends the process. */
  readonly stderr: { readonly fd: number }
  readonly mouse: boolean
  /** Asks for keys that look the same on a plain terminal, such as Shift+Enter. */
  readonly keyboard: boolean
  onEvent(event: InputEvent): void
  onResize(size: TtySize): void
  /** The screen is ours again and empty: everything has to be painted. */
  onResume(): void
  /** What was written while the terminal was busy is out. */
  onDrain(): void
  /** The terminal is gone; called once. */
  onHangup(): void
  readonly timer?: Timer
}

/** The terminal, taken: the alternate screen, raw keys, and whatever has to be undone. */
export interface Tty {
  size(): TtySize
  /** It has not taken all that was written yet: what is written now waits. */
  readonly isBusy: boolean
  /** Dropped while the screen is not ours: `onResume` asks for all of it. */
  write(text: string): void
  setMouse(on: boolean): void
  /** Stops the program with its job, as Ctrl+Z does elsewhere; nothing on Windows. */
  suspend(): void
  /** Gives screen and keyboard to what `run` starts, and takes them back when that is done. */
  outside<Result>(run: () => Promise<Result>): Promise<Result>
  /** Gives the terminal back for good, at once; again does nothing. */
  leave(): void
  /** `leave` for an orderly end: keys and mouse reports that are still coming reach no shell. */
  close(): Promise<void>
}

const drainMs = 50

/**
 * Takes the terminal. Whatever ends the process (exit, SIGTERM, SIGHUP, SIGINT, an uncaught error)
 * gives it back first; only SIGKILL does not.
 */
export function openTty(options: TtyOptions): Tty {
  const { stdin, stdout, stderr, keyboard, onEvent, onResize, onResume } = options
  const timer = options.timer ?? systemTimer
  let { mouse } = options
  let hasScreen = false
  let hasKeys = false
  let isClosed = false
  let isGone = false
  let isTold = false

  const size = (): TtySize => sizeOf(stdout)
  const hangup = (): void => {
    if (isGone || !hasScreen) return
    isGone = true
    options.onHangup()
  }
  const input = createTtyInput({
    stdin,
    timer,
    onHangup: hangup,
    onEvent(event) {
      if (hasScreen) onEvent(event)
    },
  })
  const output = createTtyOutput({ stdout, timer, onDrain: options.onDrain, onError: hangup })
  const enter = (): void => {
    if (hasScreen || isClosed) return
    hasScreen = true
    hasKeys = true
    input.start()
    output.lend(false)
    output.writeNow(enterModes({ mouse, keyboard }))
  }
  const giveScreen = (): void => {
    if (!hasScreen) return
    hasScreen = false
    output.writeNow(leaveModes({ mouse, keyboard }))
    output.lend(true)
  }
  const giveBack = (): void => {
    giveScreen()
    if (!hasKeys) return
    hasKeys = false
    input.stop()
  }
  const resume = (): void => {
    if (isClosed) return
    // Who stopped us from outside has its own modes; ours are set only where they seem to change.
    giveBack()
    enter()
    // While we were stopped, others were told of a new size.
    isTold = true
    process.emit('SIGWINCH', 'SIGWINCH')
    onResume()
  }
  const onSize = (): void => {
    isTold = true
    if (hasScreen) onResize(size())
  }
  // Several changes that end at the old size are none for Node, but the terminal has cut what was
  // on the screen meanwhile. Node's own listener was there first.
  const onSignal = (): void => {
    if (hasScreen && !isTold) onResume()
    isTold = false
  }
  const signals = watchSignals({ stderr, timer, leave: giveBack, resume })
  const leave = (): void => {
    isClosed = true
    giveBack()
    stdout.off('resize', onSize)
    process.off('SIGWINCH', onSignal)
    signals.close()
  }

  // These stay for good, as that of stdin.
  closeWhenGone([stdin.fd, stdout.fd, stderr.fd])
  stdout.on('error', hangup)
  stdout.on('resize', onSize)
  process.on('SIGWINCH', onSignal)
  enter()

  return {
    size,
    leave,
    get isBusy() {
      return output.isBusy
    },
    write(text) {
      if (hasScreen) output.write(text)
    },
    setMouse(on) {
      if (mouse === on) return
      mouse = on
      if (hasScreen) output.writeNow(mouseModes(on))
    },
    suspend() {
      if (hasScreen) signals.stopJob()
    },
    async outside(run) {
      giveBack()
      signals.lend(true)
      try {
        return await run()
      } finally {
        signals.lend(false)
        resume()
      }
    },
    async close() {
      isClosed = true
      giveScreen()
      if (hasKeys) await new Promise<void>((resolve) => timer(resolve, drainMs))
      leave()
    },
  }
}

function sizeOf({ columns, rows }: TtyStdout): TtySize {
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 }
}
