/** What a key does wherever the focus is. */
export type GlobalCommand =
  | 'help'
  | 'new'
  | 'sessions'
  | 'search'
  | 'models'
  | 'roles'
  | 'side-panes'
  | 'theme'
  | 'reasoning'
  | 'edit'
  | 'redraw'
  | 'suspend'
  | 'retry'
  | 'next-pane'
  | 'previous-pane'
  | 'page-up'
  | 'page-down'
  | 'line-up'
  | 'line-down'
  | 'top'
  | 'tail'

interface Binding {
  readonly chords: readonly string[]
  readonly what: string
}

/** The keys that work everywhere; the help shows them in this order. */
export const globalKeys: Readonly<Record<GlobalCommand, Binding>> = {
  help: { chords: ['f1'], what: 'this help' },
  new: { chords: ['ctrl+n'], what: 'new session' },
  sessions: { chords: ['ctrl+s'], what: 'sessions' },
  search: { chords: ['ctrl+f'], what: 'search in all messages' },
  models: { chords: ['ctrl+o'], what: 'models' },
  roles: { chords: ['ctrl+t'], what: 'roles' },
  'side-panes': { chords: ['ctrl+b'], what: 'show or hide the side panes' },
  theme: { chords: ['f4'], what: 'dark or light' },
  reasoning: { chords: ['f5'], what: 'show or hide what a model thought' },
  edit: { chords: ['ctrl+g'], what: 'write in $VISUAL or $EDITOR' },
  'next-pane': { chords: ['tab'], what: 'next pane' },
  'previous-pane': { chords: ['shift+tab'], what: 'pane before' },
  'page-up': { chords: ['pageup'], what: 'scroll a page up' },
  'page-down': { chords: ['pagedown'], what: 'scroll a page down' },
  'line-up': { chords: ['shift+up'], what: 'scroll a line up' },
  'line-down': { chords: ['shift+down'], what: 'scroll a line down' },
  top: { chords: ['ctrl+home'], what: 'to the first message' },
  tail: { chords: ['ctrl+end'], what: 'to the newest, and follow it' },
  retry: { chords: ['ctrl+r'], what: 'try to reach the daemon now' },
  redraw: { chords: ['ctrl+l'], what: 'draw the screen again' },
  suspend: { chords: ['ctrl+z'], what: 'back to the shell; fg returns' },
}

const byChord = new Map(
  Object.entries(globalKeys).flatMap(([command, { chords }]) =>
    chords.map((chord) => [chord, command as GlobalCommand] as const),
  ),
)

export function globalCommandOf(chord: string): GlobalCommand | undefined {
  return byChord.get(chord)
}

interface KeyHelp {
  readonly keys: string
  readonly what: string
}

/** All keys, for the help and docs/. */
export function helpKeys(): readonly KeyHelp[] {
  const global = Object.values(globalKeys)
  return [...paneKeys, ...global.map(({ chords, what }) => ({ keys: chords.join(', '), what }))]
}

/** To the transcript, and there the last message is answered again. */
export const retryKeys = `${globalKeys['next-pane'].chords[0]}, then r`

const paneKeys: readonly KeyHelp[] = [
  { keys: 'enter', what: 'send' },
  { keys: 'shift+enter, ctrl+j, alt+enter', what: 'new line; so does \\ before enter' },
  { keys: 'esc', what: 'close what is open, else stop the answer' },
  { keys: 'ctrl+c', what: 'stop the answer, else clear, else leave (twice)' },
  { keys: 'ctrl+d', what: 'leave, when nothing is typed' },
  { keys: 'up, down', what: 'move; at the edges what was sent before' },
  { keys: 'ctrl+a/e, alt+b/f', what: 'line start and end, word left and right' },
  { keys: 'ctrl+w/u/k, ctrl+y', what: 'cut a word, to the start, to the end; paste it' },
  { keys: 'ctrl+_, alt+_', what: 'undo, redo' },
  { keys: 'in lists: enter, n, e, d (x, delete)', what: 'open or use, new, edit, delete' },
  { keys: 'in a search: tab', what: 'this session, or all of them' },
  { keys: 'in the transcript: j k g G', what: 'line down and up, first, newest' },
  { keys: retryKeys, what: 'answer the last message again' },
  {
    keys: `${globalKeys['next-pane'].chords[0]}, then v`,
    what: 'show its older answers, one by one',
  },
  {
    keys: `${globalKeys['next-pane'].chords[0]}, then e`,
    what: 'ask the question otherwise',
  },
  {
    keys: `${globalKeys['next-pane'].chords[0]}, then f`,
    what: 'fork the session up to here',
  },
]
