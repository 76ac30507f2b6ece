import { nearest } from '../input/nearest.js'

export interface SlashCommand {
  /** What follows the name, as shown in /help; undefined: nothing does. */
  readonly argument?: string
  /** Runs at once, also while an answer is coming. */
  readonly always?: true
  readonly summary: string
}

const table = {
  help: { summary: 'this list' },
  new: { summary: 'start a session with the same model and role' },
  clear: { summary: 'the same on an empty screen' },
  model: { argument: 'NAME', summary: 'ask this model from now on' },
  models: { summary: 'list the models' },
  role: { argument: 'NAME', summary: 'answer in this role from now on' },
  roles: { summary: 'list the roles' },
  clear_role: { summary: 'answer without a role' },
  stop: { always: true, summary: 'stop the running answer (Ctrl+C does it, too)' },
  quit: { always: true, summary: 'leave (Ctrl+D, or Ctrl+C twice)' },
} as const satisfies Record<string, SlashCommand>

export type SlashName = keyof typeof table

/** Every command of the line chat; `/help` prints it. */
export const slashCommands: Readonly<Record<SlashName, SlashCommand>> = table
export const slashNames = Object.keys(table) as SlashName[]

export type Line =
  | { kind: 'nothing' }
  | { kind: 'message'; text: string }
  | { kind: 'command'; name: SlashName; argument: string }
  /** Never sent to a model: `why` says what is wrong with it. */
  | { kind: 'refused'; why: string }

/** What a typed line means: `/x` is a command, `//x` the message `/x`, anything else a message. */
export function parseLine(line: string): Line {
  if (line.trim() === '') return { kind: 'nothing' }
  if (line.startsWith('//')) return { kind: 'message', text: line.slice(1) }
  if (!line.startsWith('/')) return { kind: 'message', text: line }
  const [, word = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? []
  const argument = rest.trim()
  const name = slashNames.find((known) => known === word.toLowerCase())
  if (name === undefined) return { kind: 'refused', why: unknown(word) }
  const wanted = slashCommands[name].argument
  if (wanted !== undefined && argument === '') {
    return { kind: 'refused', why: `/${name} needs a name: /${name} ${wanted}` }
  }
  if (wanted === undefined && argument !== '') {
    return { kind: 'refused', why: `/${name} takes nothing after it` }
  }
  return { kind: 'command', name, argument }
}

function unknown(word: string): string {
  const close = nearest(word, slashNames)
  const guess = close === undefined ? '/help lists the commands' : `did you mean /${close}?`
  return `there is no command /${word}; ${guess} (//${word} sends it as text)`
}
