import { describe, expect, it } from 'vitest'
import type { TerminalWriter } from '../text/terminal-writer.js'
import { createGuardedOutput } from './answer-output.js'

const broken = (): never => {
  throw new RangeError('Maximum call stack size exceeded')
}

describe('createGuardedOutput', () => {
  it('goes on as plain, sanitised text when a push fails', async () => {
    const { output, written } = createOutput({ push: broken, abandon: () => '**a \x1b[2Jb' })
    await output.push('b')
    output.interrupt(() => written.push('(note)\n'))
    await output.push(' c\r')
    await output.end()
    expect(written.join('')).toBe('**a ␛[2Jb\n(note)\n c␍\n')
  })

  it('writes what is left as plain text when the end fails', async () => {
    const { output, written } = createOutput({ end: broken, abandon: () => '- left\n' })
    await output.push('- left\n')
    await output.end()
    expect(written).toEqual(['- left\n'])
  })
})

function createOutput(parts: Partial<TerminalWriter>) {
  const written: string[] = []
  const writer: TerminalWriter = {
    push: () => undefined,
    interrupt: (print) => print(),
    end: () => Promise.resolve(),
    abandon: () => '',
    ...parts,
  }
  return { written, output: createGuardedOutput(writer, (text) => written.push(text)) }
}
