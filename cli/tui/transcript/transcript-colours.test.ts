import { beforeEach, describe, expect, it, vi } from 'vitest'
import { answer, delta, outcome, screen, theme } from './fixtures/transcript.js'

describe('colours of code', () => {
  // Other tests have loaded theirs.
  beforeEach(() => {
    vi.resetModules()
  })

  it('come to messages when they are loaded, and the lines stay', async () => {
    const { loadHighlighter } = await import('../../text/highlight.js')
    const { transcriptOf } = await import('./fixtures/transcript.js')
    let changes = 0
    const transcript = transcriptOf({
      onChange: () => {
        changes++
      },
    })
    transcript.open([answer({ content: '```ts\nconst a = 1\n```' })])
    const before = screen(transcript)
    await loadHighlighter()
    await Promise.resolve()
    expect(changes).toBe(1)
    expect(screen(transcript)).toBe(before)
    expect(transcript.draw().lines[1]).toContain('\u001b[38;5;176mconst')
    expect(changes).toBe(1)
  })

  it('come to an answer that ended before they were loaded', async () => {
    const fresh = await import('./transcript.js')
    const highlight = await import('../../text/highlight.js')
    const transcript = fresh.createTranscript({
      ...{ width: 60, height: 9, theme, now: () => 0, onChange: () => undefined },
    })
    transcript.begin({ startedAt: 0 })
    transcript.take([delta('```ts\nconst a = 1\n```')])
    transcript.draw()
    transcript.finish(outcome('complete'))
    expect(transcript.draw().lines[1]).toBe('    const a = 1')
    await highlight.loadHighlighter()
    await Promise.resolve()
    expect(transcript.draw().lines[1]).toContain('\u001b[38;5;176mconst')
  })
})
