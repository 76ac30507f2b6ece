import type { ReplyEvent } from './event.js'
import { timer as systemTimer, type Timer } from './tty-timer.js'

export interface TerminalTraits {
  /** Undefined when the terminal does not tell. */
  readonly background?: 'dark' | 'light'
  /** It speaks the kitty keyboard protocol. */
  readonly keyboard: boolean
  /** It shows a frame as a whole (mode 2026). Undefined when it does not tell. */
  readonly synchronised?: boolean
}

/**
 * The background, the kitty keyboard, mode 2026, and last what every terminal answers. From the
 * first cell: an old terminal may print the end of a question, which the first frame covers.
 */
const firstQuestions = '\x1b[H\x1b]11;?\x1b\\\x1b[?u\x1b[?2026$p\x1b[c'
const patienceMs = 300

/**
 * Asks the terminal what it can do; to be called before the first frame, which need not wait for
 * the answer. Resolves when the terminal has answered or after 300 ms. Never rejects.
 */
export function probeTerminal(options: {
  write(text: string): void
  /** Tells of every reply until what it returns is called. */
  onReply(listener: (reply: ReplyEvent) => void): () => void
  readonly timer?: Timer
  /** For a screen that stays as it is. The last one must be what every terminal answers. */
  readonly questions?: string
}): Promise<TerminalTraits> {
  const { write, onReply, timer = systemTimer, questions = firstQuestions } = options
  return new Promise((resolve) => {
    let traits: TerminalTraits = { keyboard: false }
    const finish = (): void => {
      cancel()
      unsubscribe()
      resolve(traits)
    }
    const cancel = timer(finish, patienceMs)
    const unsubscribe = onReply((reply) => {
      if (reply.kind === 'attributes') finish()
      else traits = { ...traits, ...traitsOf(reply) }
    })
    write(questions)
  })
}

function traitsOf({ kind, data }: ReplyEvent): Partial<TerminalTraits> {
  if (kind === 'keyboard') return { keyboard: true }
  if (kind === 'mode') return modeTraits(data)
  if (kind !== 'background') return {}
  const luminance = luminanceOf(data)
  return luminance === undefined ? {} : { background: luminance > 0.5 ? 'light' : 'dark' }
}

/** 0 is a mode that it does not know, 4 one that it never sets. */
function modeTraits(data: string): Partial<TerminalTraits> {
  const [mode, state] = data.split(';')
  return mode === '2026' ? { synchronised: state !== '0' && state !== '4' } : {}
}

const COLOUR = /^rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})(?:\/[\da-f]{1,4})?$/i

/** From 0 to 1; undefined for what is no colour. */
function luminanceOf(colour: string): number | undefined {
  const [, red, green, blue] = COLOUR.exec(colour) ?? []
  if (red === undefined || green === undefined || blue === undefined) return undefined
  return 0.2126 * share(red) + 0.7152 * share(green) + 0.0722 * share(blue)
}

/** A channel has one to four digits, all F at its brightest. */
function share(digits: string): number {
  return Number.parseInt(digits, 16) / (16 ** digits.length - 1)
}
