import { constants } from 'node:os'
import { sanitise } from '../../text/sanitise.js'
import type { Timer } from './tty-timer.js'
import { setBlocking, writeNow } from './tty-write.js'

const endings = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const
/** How long it takes at most until a stop signal has stopped us. */
const stopMs = 100

const ignore = (): void => undefined

export interface TtySignals {
  /** Stops the job, as Ctrl+Z does elsewhere. */
  stopJob(): void
  /** While a child has the terminal, Ctrl+C is its own, and the screen stays with it. */
  lend(isLent: boolean): void
  close(): void
}

/** Gives the screen back before anything ends or stops the process, and takes it again after. */
export function watchSignals(options: {
  readonly stderr: { readonly fd: number }
  readonly timer: Timer
  /** Gives the screen back, at once. May be called more than once. */
  leave(): void
  /** The process goes on after it was stopped; by whom, is not known. */
  resume(): void
}): TtySignals {
  const { stderr, timer, leave, resume } = options
  let isLent = false
  let isStopping = false
  let cancel = (): void => undefined

  const onEnding = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT' && isLent) return
    leave()
    process.exit(128 + constants.signals[signal])
  }
  const onCrash = (error: unknown): void => {
    leave()
    const message = error instanceof Error ? error.message : String(error)
    // The same terminal, which may take this no more than the rest.
    setBlocking(stderr, false)
    writeNow(stderr.fd, `c2a: ${sanitise(message)}\n`)
    process.exit(1)
  }
  // The default of the signal stops us, and only where a shell can let us go on: a process that
  // stops by SIGSTOP in a terminal without a shell is lost.
  const stop = (pid: number): void => {
    isStopping = true
    process.off('SIGTSTP', onStop)
    leave()
    process.kill(pid, 'SIGTSTP')
    cancel = timer(onContinue, stopMs)
  }
  const onStop = (): void => stop(process.pid)
  const onContinue = (): void => {
    cancel()
    if (isStopping) {
      isStopping = false
      process.on('SIGTSTP', onStop)
    }
    if (!isLent) resume()
  }

  for (const signal of endings) process.on(signal, onEnding)
  process.on('exit', leave).on('uncaughtException', onCrash)
  // Else Node opens its debugger, which writes over the screen.
  process.on('SIGUSR1', ignore)
  process.on('SIGTSTP', onStop).on('SIGCONT', onContinue)
  return {
    stopJob() {
      // With whoever runs us in the same job. Windows has no jobs.
      if (process.platform !== 'win32' && !isStopping) stop(0)
    },
    lend(lent) {
      isLent = lent
    },
    close() {
      cancel()
      for (const signal of endings) process.off(signal, onEnding)
      process.off('exit', leave).off('uncaughtException', onCrash)
      process.off('SIGUSR1', ignore)
      process.off('SIGTSTP', onStop).off('SIGCONT', onContinue)
    },
  }
}
