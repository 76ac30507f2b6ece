import type { TerminalEvent } from './event.js'
import { csiEvent, ss3Event } from './input-csi.js'
import { characterKey, controlKey, escapeKey, withAlt } from './input-keys.js'
import { createPasteReader } from './input-paste.js'
import { stringReply } from './input-reply.js'
import { createTextReader } from './input-text.js'

const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a
const ESC = 0x1b
const SPACE = 0x20
const BACKSLASH = 0x5c
const DELETE = 0x7f

/** The longest sequence that is read; longer ones are skipped. */
const limit = 1_024
const pasteBegin = '[200~'
/** OSC, DCS, SOS, PM and APC. */
const stringIntroducers = ']PX^_'
const nothing = Buffer.alloc(0)
/** Calls of `expire` after which a sequence is given up: half a second, as a slow line needs it. */
const sequencePatience = 10
/** And a paste: ten seconds. Giving up too early would make keys, and Enter, of its rest. */
const pastePatience = 200

export interface InputParser {
  /** Reads what came and reports every event that is complete. */
  push(chunk: Buffer | string): void
  /** To be called after each 50 ms of silence while `waiting`: more may never come. */
  expire(): void
  /** Something has begun that the next bytes may continue: ESC, a sequence, a paste. */
  readonly waiting: boolean
}

/** Reads a byte; what it returns reads the next one. */
type State = (byte: number) => State

/**
 * Tells apart what a terminal sends. It goes byte by byte with one state, so the events do not
 * depend on how the bytes were cut, but for graphemes: what has come of one is given out. Unknown
 * sequences are skipped whole.
 */
export function createInputParser(onEvent: (event: TerminalEvent) => void): InputParser {
  const typed = createTextReader(onEvent)
  const paste = createPasteReader()
  let state: State = ground
  let pasting = false
  /** What has come after ESC. */
  let sequence = ''
  /** Another ESC came before: Alt with the key of the sequence, or else the Escape key. */
  let doubled = false
  let silences = 0

  function ground(byte: number): State {
    if (!isControl(byte)) {
      typed.add(byte)
      return ground
    }
    typed.end()
    if (byte === ESC) return afterEscape
    onEvent(controlKey(byte))
    return ground
  }

  function afterEscape(byte: number): State {
    const character = String.fromCharCode(byte)
    if (byte === ESC) {
      if (doubled) onEvent(escapeKey)
      doubled = true
      return afterEscape
    }
    if (character === '[' || character === 'O') {
      sequence = character
      return character === '[' ? inCsi : inSs3
    }
    reset()
    if (stringIntroducers.includes(character)) {
      sequence = character
      return inString
    }
    if (isControl(byte)) {
      onEvent(controlKey(byte, true))
      return ground
    }
    typed.alt()
    return ground(byte)
  }

  function inCsi(byte: number): State {
    if (isControl(byte) || byte > DELETE) return interrupt(byte)
    collect(byte)
    if (sequence === '[M') return inOldMouse
    // The Linux console has one more letter behind this.
    if (sequence === '[[' || !isCsiEnd(byte, sequence)) return inCsi
    if (sequence !== pasteBegin) return finish(csiEvent)
    reset()
    pasting = true
    return ground
  }

  function inSs3(byte: number): State {
    if (isControl(byte) || byte > DELETE) return interrupt(byte)
    collect(byte)
    const isParameter = byte >= 0x30 && byte <= 0x3b
    return isParameter ? inSs3 : finish(ss3Event)
  }

  /** The mouse before mode 1006: three bytes, which may be no text at all. */
  function inOldMouse(byte: number): State {
    if (byte === ESC) return interrupt(byte)
    collect(byte)
    if (sequence.length < '[M'.length + 3) return inOldMouse
    reset()
    return ground
  }

  function inString(byte: number): State {
    if (byte === ESC) return inStringEscape
    if (byte === BEL && sequence.startsWith(']')) return finish(stringReply)
    if (byte === CAN || byte === SUB) return interrupt(byte)
    collect(byte)
    return inString
  }

  function inStringEscape(byte: number): State {
    if (byte === BACKSLASH) return finish(stringReply)
    giveUp()
    return afterEscape(byte)
  }

  function collect(byte: number): void {
    if (sequence.length <= limit) sequence += String.fromCharCode(byte)
  }

  /** An ESC that was held turns out to be the Escape key. */
  function reset(): void {
    if (doubled) onEvent(escapeKey)
    doubled = false
    sequence = ''
  }

  function finish(meaning: (sequence: string) => TerminalEvent | undefined): State {
    const event = sequence.length > limit ? undefined : meaning(sequence)
    const isAlt = doubled && event?.type === 'key'
    if (isAlt) doubled = false
    reset()
    if (event !== undefined) onEvent(isAlt ? withAlt(event) : event)
    return ground
  }

  /** The sequence has no end. Its introducer alone was a key with Alt. */
  function giveUp(): void {
    const introducer = sequence
    reset()
    if (introducer.length === 1) onEvent(withAlt(characterKey(introducer)))
  }

  function interrupt(byte: number): State {
    giveUp()
    return ground(byte)
  }

  function endPaste(): void {
    pasting = false
    const text = paste.finish()
    if (text !== '') onEvent({ type: 'paste', text })
  }

  /** Reads up to the end or the beginning of a paste. What is left. */
  function readKeys(bytes: Buffer): Buffer {
    for (const [at, byte] of bytes.entries()) {
      state = state(byte)
      if (pasting) return bytes.subarray(at + 1)
    }
    return nothing
  }

  function readPaste(bytes: Buffer): Buffer {
    const rest = paste.take(bytes)
    if (rest === undefined) return nothing
    endPaste()
    return rest
  }

  function expireSequence(): void {
    if (state === afterEscape) {
      reset()
      onEvent(escapeKey)
    } else if (sequence.length === 1 || silences >= sequencePatience) giveUp()
    else return
    state = ground
  }

  return {
    push(chunk) {
      silences = 0
      let rest: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      while (rest.length > 0) rest = pasting ? readPaste(rest) : readKeys(rest)
      typed.flush()
    },
    expire() {
      silences += 1
      if (pasting) {
        if (silences >= pastePatience) endPaste()
      } else if (state !== ground) expireSequence()
    },
    get waiting() {
      return pasting || state !== ground
    },
  }
}

function isControl(byte: number): boolean {
  return byte < SPACE || byte === DELETE
}

// rxvt ends keys with Shift in $, which elsewhere only comes before the end.
function isCsiEnd(byte: number, sequence: string): boolean {
  return byte >= 0x40 || (byte === 0x24 && /^\[\d+\$$/.test(sequence))
}
