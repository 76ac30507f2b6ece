import { expect, test } from 'vitest'
import type { Entry } from './entry.js'
import { answer, delta, notice, question, started, transcriptOf } from './fixtures/transcript.js'
import type { Transcript } from './transcript.js'

/** An answer of 20 lines, in a window of 12. */
const long = (id: string): Entry =>
  answer({ id, content: Array.from({ length: 20 }, (_, line) => `- ${id} ${line}`).join('\n') })

const talk = [question('One?', 'q1'), long('a1'), question('Two?', 'q2'), long('a2')]

function opened(entries: readonly Entry[]): Transcript {
  const transcript = transcriptOf({ height: 12 })
  transcript.open(entries)
  return transcript
}

/** The id of what is looked at. */
function looked(transcript: Transcript): string | undefined {
  const entry = transcript.entries()[transcript.atHand()]
  return entry?.kind === 'notice' ? entry.id : entry?.message.id
}

test('at the end the last entry is looked at, also where all of them are in view', () => {
  expect(looked(opened(talk))).toBe('a2')
  expect(looked(opened([...talk, notice('Said.')]))).toBe('n1')
  expect(looked(opened([question('One?', 'q1'), answer({ id: 'a1' })]))).toBe('a1')
  expect(opened([]).atHand()).toBe(-1)
})

test('above it the first that begins in view, else the one that fills it', () => {
  const transcript = opened(talk)
  transcript.toTop()
  expect(looked(transcript)).toBe('q1')
  transcript.scroll(1)
  expect(looked(transcript)).toBe('a1')
  transcript.scroll(6)
  expect(looked(transcript)).toBe('a1')
  transcript.scroll(8)
  expect(looked(transcript)).toBe('q2')
})

test('a running answer counts as what stands above it', () => {
  const transcript = opened([...talk, question('Three?', 'q3')])
  transcript.begin({ startedAt: 0 })
  transcript.take([started(), delta('- a\n'.repeat(30))])
  expect(looked(transcript)).toBe('q3')
  transcript.scroll(-8)
  expect(looked(transcript)).toBe('q3')
  transcript.toTail()
  transcript.append(notice('Said.'))
  expect(looked(transcript)).toBe('n1')
})
