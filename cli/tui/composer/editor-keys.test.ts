import { describe, expect, it } from 'vitest'
import type { KeyEvent } from '../terminal/event.js'
import { type Editor, editorOf, moveTo } from './editor.js'
import { applyKey, type KeyContext } from './editor-keys.js'

const CONTEXT: KeyContext = { width: 40, now: 0, multiline: true }

/** `ctrl+shift+z` as a key event. */
function key(chord: string, text?: string): KeyEvent {
  const parts = chord.split('+')
  const name = parts.at(-1) ?? ''
  const [ctrl, alt, shift] = ['ctrl', 'alt', 'shift'].map((part) => parts.includes(part))
  return {
    type: 'key',
    name,
    ctrl: ctrl === true,
    alt: alt === true,
    shift: shift === true,
    ...(text === undefined ? {} : { text }),
  }
}

/** `|` is the cursor. */
function editorAt(marked: string): Editor {
  return moveTo(editorOf(marked.replace('|', '')), marked.indexOf('|'))
}

function shown(editor: Editor | undefined): string | undefined {
  return editor && `${editor.text.slice(0, editor.cursor)}|${editor.text.slice(editor.cursor)}`
}

function press(editor: Editor, chord: string, context = CONTEXT): string | undefined {
  return shown(applyKey(editor, key(chord), context))
}

describe('an editing key', () => {
  it.each([
    ['left', 'on|e', 'o|ne'],
    ['right', 'on|e', 'one|'],
    ['up', 'one\ntw|o', 'on|e\ntwo'],
    ['down', 'on|e\ntwo', 'one\ntw|o'],
    ['home', 'a\non|e', 'a\n|one'],
    ['ctrl+a', 'a\non|e', 'a\n|one'],
    ['end', 'o|ne\nb', 'one|\nb'],
    ['ctrl+e', 'o|ne\nb', 'one|\nb'],
    ['ctrl+left', 'one two|', 'one |two'],
    ['alt+left', 'one two|', 'one |two'],
    ['alt+b', 'one two|', 'one |two'],
    ['ctrl+right', '|one two', 'one| two'],
    ['alt+right', '|one two', 'one| two'],
    ['alt+f', '|one two', 'one| two'],
    ['alt+<', 'a\nb|c', '|a\nbc'],
    ['alt+>', 'a|\nbc', 'a\nbc|'],
    ['backspace', 'on|e', 'o|e'],
    ['shift+backspace', 'on|e', 'o|e'],
    ['ctrl+h', 'on|e', 'o|e'],
    ['delete', 'on|e', 'on|'],
    ['ctrl+d', 'on|e', 'on|'],
    ['ctrl+w', 'one two| x', 'one | x'],
    ['alt+backspace', 'one two| x', 'one | x'],
    ['ctrl+backspace', 'one two| x', 'one | x'],
    ['alt+d', 'one| two x', 'one| x'],
    ['alt+delete', 'one| two x', 'one| x'],
    ['ctrl+delete', 'one| two x', 'one| x'],
    ['ctrl+u', 'a\non|e', 'a\n|e'],
    ['ctrl+k', 'o|ne\nb', 'o|\nb'],
    ['shift+enter', 'a|b', 'a\n|b'],
    ['alt+enter', 'a|b', 'a\n|b'],
    ['ctrl+j', 'a|b', 'a\n|b'],
    ['enter', 'a\\|b', 'a\n|b'],
  ])('%s turns %j into %j', (chord, before, after) => {
    expect(press(editorAt(before), chord)).toBe(after)
  })

  it('ctrl+y brings back what was killed', () => {
    const killed = applyKey(editorAt('one two|'), key('ctrl+w'), CONTEXT)
    expect(press(killed ?? editorOf(''), 'ctrl+y')).toBe('one two|')
  })

  it.each([
    ['ctrl+_', 'alt+_'],
    ['ctrl+/', 'alt+-'],
    ['ctrl+-', 'ctrl+shift+z'],
    ['ctrl+shift+_', 'alt+shift+_'],
  ])('%s undoes and %s does again', (undoing, redoing) => {
    const typed = applyKey(editorOf('a'), key('b', 'b'), CONTEXT) ?? editorOf('')
    const undone = applyKey(typed, key(undoing), CONTEXT) ?? editorOf('')
    expect(shown(undone)).toBe('a|')
    expect(press(undone, redoing)).toBe('ab|')
  })

  it('gives the editor itself where it has no effect', () => {
    const editor = editorAt('|')
    for (const chord of ['left', 'right', 'backspace', 'delete', 'ctrl+k', 'ctrl+y', 'ctrl+_']) {
      expect(applyKey(editor, key(chord), CONTEXT)).toBe(editor)
    }
  })
})

describe('typing and pasting', () => {
  it('insert text at the cursor', () => {
    expect(shown(applyKey(editorAt('a|b'), key('shift+é', 'É'), CONTEXT))).toBe('aÉ|b')
    expect(shown(applyKey(editorAt('a|b'), key('space', ' '), CONTEXT))).toBe('a |b')
    const event = { type: 'paste', text: 'x\r\ny\tz' } as const
    expect(shown(applyKey(editorAt('a|b'), event, CONTEXT))).toBe('ax\ny\tz|b')
  })

  it('keep a field of one line at one line', () => {
    const context = { ...CONTEXT, multiline: false }
    const event = { type: 'paste', text: 'x\r\n\r\ny\tz' } as const
    expect(shown(applyKey(editorAt('a|b'), event, context))).toBe('ax y z|b')
    for (const chord of ['shift+enter', 'alt+enter', 'ctrl+j', 'enter']) {
      expect(press(editorAt('a\\|b'), chord, context)).toBeUndefined()
    }
  })
})

describe('a key that is not for the editor', () => {
  it.each([
    ...['enter', 'tab', 'shift+tab', 'escape', 'pageup', 'f1', 'insert', 'shift+up', 'ctrl+home'],
    ...['ctrl+b', 'ctrl+s', 'ctrl+n', 'ctrl+o', 'ctrl+t', 'ctrl+p', 'ctrl+g', 'ctrl+l', 'ctrl+c'],
    ...['ctrl+z', 'ctrl+r', 'alt+1', 'alt+x', 'ctrl+enter'],
  ])('%s is left to others', (chord) => {
    expect(press(editorAt('a|b'), chord)).toBeUndefined()
  })

  it('is one that types something only with ctrl or alt', () => {
    expect(applyKey(editorAt('a|'), key('ctrl+x', 'x'), CONTEXT)).toBeUndefined()
    expect(applyKey(editorAt('a|'), key('tab', '\t'), CONTEXT)).toBeUndefined()
  })

  it('is ctrl+d in an empty editor', () => {
    expect(press(editorAt('|'), 'ctrl+d')).toBeUndefined()
    expect(press(editorAt('a|'), 'ctrl+d')).toBe('a|')
  })

  it('is up or down with nowhere to go', () => {
    expect(press(editorAt('a|b'), 'up')).toBe('|ab')
    expect(press(editorAt('|ab'), 'up')).toBeUndefined()
    expect(press(editorAt('a|b'), 'down')).toBe('ab|')
    expect(press(editorAt('ab|'), 'down')).toBeUndefined()
  })
})
