import type { Argument, Command, Option } from 'commander'

/** What only a daemon or a table can tell. */
export type NameKind =
  | 'models'
  | 'roles'
  | 'sessions'
  | 'tokens'
  | 'settings'
  | 'params'
  | 'services'

export interface Candidate {
  readonly word: string
  readonly about: string
}

/** What may stand where somebody is typing. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly Candidate[] }
  | { readonly kind: 'names'; readonly of: NameKind; readonly prefix: string }
  | { readonly kind: 'files' }

const nothing: Completion = { kind: 'words', words: [] }
const names = (of: NameKind, prefix = ''): Completion => ({ kind: 'names', of, prefix })
const files: Completion = { kind: 'files' }
const choices = (words: readonly string[]): Completion => ({
  kind: 'words',
  words: words.map((word) => ({ word, about: '' })),
})

const ofOption: Readonly<Record<string, Completion>> = {
  '--model': names('models'),
  '--role': names('roles'),
  '--session': names('sessions'),
  '--param': names('params'),
  '--file': files,
}

/** By the command and the name of its argument. */
const ofArgument: Readonly<Record<string, Completion>> = {
  'attach session': names('sessions'),
  'sessions show id': names('sessions'),
  'sessions export id': names('sessions'),
  'sessions edit id': names('sessions'),
  'sessions fork id': names('sessions'),
  'sessions delete id': names('sessions'),
  'roles show name': names('roles'),
  'roles edit name': names('roles'),
  'roles delete name': names('roles'),
  'roles export folder': files,
  'roles export names': names('roles'),
  'roles diff paths': files,
  'roles apply paths': files,
  'config get key': names('settings'),
  'config set key': names('settings'),
  'config unset key': names('settings'),
  'token revoke name|id': names('tokens'),
  'export file': files,
  'import file': files,
  'stack restart service': names('services'),
  'stack logs service': names('services'),
  'stack backup file': files,
  'stack restore file': files,
}

/** What may come at the end of `words` (after `c2a`), whose last one is being typed. */
export function completionAt(program: Command, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? ''
  let command = program
  let path = ''
  let given = 0
  let waiting: Option | undefined
  let isOver = false
  for (const word of words.slice(0, -1)) {
    if (waiting !== undefined) {
      waiting = undefined
    } else if (word === '--') {
      isOver = true
    } else if (!isOver && word.startsWith('-')) {
      waiting = word.includes('=') ? undefined : valued(command, word)
    } else {
      const child = given === 0 ? command.commands.find((one) => one.name() === word) : undefined
      if (child === undefined) given++
      else {
        command = child
        path = path === '' ? word : `${path} ${word}`
      }
    }
  }
  if (waiting !== undefined) return ofValue(waiting, typed)
  if (!isOver && typed.startsWith('--') && typed.includes('=')) return ofInline(command, typed)
  if (!isOver && typed.startsWith('-')) return { kind: 'words', words: optionsOf(command) }
  return inPlace(command, path, given)
}

/** The option that takes the next word. */
function valued(command: Command, word: string): Option | undefined {
  // Of short ones in one word only the last may: -yn.
  const flag = word.startsWith('--') ? word : `-${word.at(-1)}`
  return command.options.find(
    ({ long, short, required }) => required && (long === flag || short === flag),
  )
}

function ofValue(option: Option, typed: string): Completion {
  if (option.argChoices !== undefined) return choices(option.argChoices)
  // PLANNER,ANSWERER: the second one follows a comma.
  if (option.long === '--plan') return names('models', /^.*,/.exec(typed)?.[0] ?? '')
  return ofOption[option.long ?? ''] ?? nothing
}

function ofInline(command: Command, typed: string): Completion {
  const [flag = ''] = typed.split('=', 1)
  const option = valued(command, flag)
  const found = option === undefined ? nothing : ofValue(option, typed.slice(flag.length + 1))
  if (found.kind === 'names') return names(found.of, `${flag}=${found.prefix}`)
  if (found.kind === 'files') return nothing
  return {
    kind: 'words',
    words: found.words.map(({ word, about }) => ({ word: `${flag}=${word}`, about })),
  }
}

function optionsOf(command: Command): Candidate[] {
  const own = command.options.filter(({ hidden }) => !hidden)
  const help = { word: '--help', about: 'print this' }
  return [
    ...own.map(({ long, short, description }) => ({
      word: long ?? short ?? '',
      about: description,
    })),
    help,
  ]
}

function inPlace(command: Command, path: string, given: number): Completion {
  if (command.commands.length > 0 && given === 0) {
    const words = command.commands.map((one) => ({ word: one.name(), about: one.summary() }))
    return { kind: 'words', words }
  }
  const argument = argumentAt(command.registeredArguments, given)
  if (argument?.argChoices !== undefined) return choices(argument.argChoices)
  return (argument && ofArgument[`${path} ${argument.name()}`]) ?? nothing
}

function argumentAt(list: readonly Argument[], given: number): Argument | undefined {
  const last = list.at(-1)
  return list[given] ?? (last?.variadic ? last : undefined)
}
