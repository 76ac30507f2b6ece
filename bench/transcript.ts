// What the transcript costs in a terminal of 120x40. `streamed`: a mixed answer comes in frames of 16
// characters, and each frame is taken and drawn. `naive`: marked-terminal draws the whole text anew
// for every frame, measured at some lengths and summed up between them. `scrolled`: steps through more
// than 10,000 lines that have not been drawn before, and through them once more.

import { DOCUMENTS } from '../cli/text/fixtures/documents.js'
import { loadHighlighter } from '../cli/text/highlight.js'
import { paint } from '../cli/text/painter.js'
import { themeFor } from '../cli/text/theme.js'
import type { MessageEntry } from '../cli/tui/transcript/entry.js'
import { createTranscript, type Transcript } from '../cli/tui/transcript/transcript.js'
import type { Message } from '../shared/contract/message.js'

const KB = 1_024
const SIZE = 200 * KB
const FRAME = 16
const SAMPLES = 40
const MESSAGES = 120
const theme = themeFor('ansi256')
const mixed = `${Object.values(DOCUMENTS).join('\n')}\n`
const text = mixed.repeat(Math.ceil(SIZE / mixed.length)).slice(0, SIZE)

await loadHighlighter()
await paint(mixed, { width: 110, theme })
streamed(text.slice(0, 20 * KB))

const { total, frames } = streamed(text)
const naive = await naiveTotal()
console.log(`streamed  ${SIZE / KB} KB in ${frames.length} frames: ${total.toFixed(0)} ms of CPU`)
console.log(`          a frame: ${spread(frames)}`)
const [early, late] = [frames.slice(0, frames.length / 4), frames.slice(-frames.length / 4)]
console.log(`          last quarter / first quarter: ${(sum(late) / sum(early)).toFixed(2)}`)
console.log(
  `naive     about ${(naive / 1_000).toFixed(0)} s of CPU: ${(naive / total).toFixed(0)} times as much`,
)

for (const [name, step] of [
  ['page up', (transcript: Transcript) => transcript.page(-1)],
  ['lines up', (transcript: Transcript) => transcript.scroll(-3)],
] as const) {
  const transcript = filled()
  for (const round of ['first', 'again']) {
    transcript.toTail()
    transcript.draw()
    const draws: number[] = []
    while (!transcript.draw().atTop) {
      const from = performance.now()
      step(transcript)
      transcript.draw()
      draws.push(performance.now() - from)
    }
    console.log(`scrolled  ${name}, ${round}: ${draws.length} draws, ${spread(draws)}`)
  }
}

function streamed(answer: string): { total: number; frames: number[] } {
  const transcript = empty()
  transcript.begin({ startedAt: 0, model: 'm' })
  const frames: number[] = []
  const before = process.cpuUsage()
  for (let at = 0; at < answer.length; at += FRAME) {
    const from = performance.now()
    transcript.take([{ event: 'delta', data: { text: answer.slice(at, at + FRAME) } }])
    transcript.draw()
    frames.push(performance.now() - from)
  }
  const { user, system } = process.cpuUsage(before)
  return { total: (user + system) / 1_000, frames }
}

/** The cost of every frame from the costs of some, a straight line between two of them. */
async function naiveTotal(): Promise<number> {
  const all = SIZE / FRAME
  let total = 0
  let last = 0
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const before = process.cpuUsage()
    await paint(text.slice(0, (SIZE * sample) / SAMPLES), { width: 110, theme })
    const { user, system } = process.cpuUsage(before)
    const cost = (user + system) / 1_000
    total += ((last + cost) / 2) * (all / SAMPLES)
    last = cost
  }
  return total
}

function filled(): Transcript {
  const transcript = empty()
  transcript.open(Array.from({ length: MESSAGES }, (_, index) => entry(index)))
  return transcript
}

function entry(index: number): MessageEntry {
  const at = (index * 1_500) % (SIZE - 1_500)
  const created_at = new Date(0).toISOString()
  const message: Message = {
    ...{ id: String(index), role: 'assistant', kind: 'chat', status: 'complete', model: 'm' },
    ...{ content: text.slice(at, at + 1_500), seq: index, created_at, timestamp: created_at },
  }
  return { kind: 'message', message }
}

function empty(): Transcript {
  const now = () => performance.now()
  return createTranscript({ width: 120, height: 36, theme, now, onChange: () => undefined })
}

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2)
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, max ${at(1)} ms`
}

function sum(times: number[]): number {
  return times.reduce((total, time) => total + time, 0)
}
