import { describe, expect, it } from 'vitest'
import type { ReplyEvent } from './event.js'
import { createInputParser } from './input.js'
import { probeTerminal } from './probe.js'

/** A terminal that answers when the test says so. */
function openProbe() {
  const listeners = new Set<(reply: ReplyEvent) => void>()
  const parser = createInputParser((event) => {
    if (event.type !== 'reply') return
    for (const listener of listeners) listener(event)
  })
  let written = ''
  let cancelled = 0
  let timeOut = (): void => undefined
  const traits = probeTerminal({
    write(text) {
      written += text
    },
    onReply(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    timer(run, ms) {
      expect(ms).toBe(300)
      timeOut = run
      return () => {
        cancelled += 1
      }
    },
  })
  return {
    traits,
    answer: (bytes: string) => parser.push(bytes),
    timeOut: () => timeOut(),
    written: () => written,
    listeners: () => listeners.size,
    cancelled: () => cancelled,
  }
}

const attributes = '\x1b[?62;22c'

/** What a terminal that says this of its background is taken for. */
async function backgroundFor(colour: string) {
  const probe = openProbe()
  probe.answer(`\x1b]11;${colour}\x07${attributes}`)
  return (await probe.traits).background
}

describe('asking a terminal what it can do', () => {
  it('is one write whose last question every terminal answers', () => {
    const probe = openProbe()
    expect(probe.written()).toBe('\x1b[H\x1b]11;?\x1b\\\x1b[?u\x1b[?2026$p\x1b[c')
  })

  it('ends with the answer to the last question', async () => {
    const probe = openProbe()
    probe.answer('\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?1u\x1b[?2026;2$y')
    expect(probe.listeners()).toBe(1)
    probe.answer(attributes)
    expect(await probe.traits).toEqual({ background: 'light', keyboard: true, synchronised: true })
    expect(probe.listeners()).toBe(0)
    expect(probe.cancelled()).toBe(1)
  })

  it('learns nothing from a terminal that answers only the last question', async () => {
    const probe = openProbe()
    probe.answer(attributes)
    expect(await probe.traits).toEqual({ keyboard: false })
  })

  it('ends in time with what is known', async () => {
    const probe = openProbe()
    probe.answer('\x1b[?0u')
    probe.timeOut()
    expect(await probe.traits).toEqual({ keyboard: true })
    expect(probe.listeners()).toBe(0)
  })

  it('tells a mode that is known from one that is not', async () => {
    for (const [state, synchronised] of [
      [0, false],
      [1, true],
      [2, true],
      [3, true],
      [4, false],
    ] as const) {
      const probe = openProbe()
      probe.answer(`\x1b[?2027;2$y\x1b[?2026;${state}$y${attributes}`)
      expect(await probe.traits).toEqual({ keyboard: false, synchronised })
    }
  })

  it('knows dark from light in colours of any precision', async () => {
    for (const dark of [
      'rgb:0/0/0',
      'rgb:1e/1e/2e',
      'rgb:0000/2b2b/3636',
      'rgb:70/70/70',
      'rgba:00/00/ff/ff',
    ]) {
      expect(await backgroundFor(dark), dark).toBe('dark')
    }
    for (const light of [
      'rgb:f/f/f',
      'rgb:90/90/90',
      'rgb:0/f/0',
      'rgb:FD/F6/E3',
      'rgb:fff/fff/fff',
      'rgb:eeee/eeee/eeee',
    ]) {
      expect(await backgroundFor(light), light).toBe('light')
    }
  })

  it('takes no colour from what is none', async () => {
    for (const colour of ['?', 'red', 'rgb:ffff/ffff', 'rgb:fffff/fffff/fffff', 'rgb:g/g/g']) {
      expect(await backgroundFor(colour), colour).toBeUndefined()
    }
  })
})
