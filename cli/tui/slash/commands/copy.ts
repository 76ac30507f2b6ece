import { ProblemError } from '../../../../shared/contract/problem.js'
import { type CodeBlock, codeBlocksOf } from '../../../text/code-blocks.js'
import { sanitise, sanitiseLine } from '../../../text/sanitise.js'
import type { SlashCommand } from '../command.js'

export const copyCommand: SlashCommand = {
  name: 'copy',
  summary: 'Copy the last answer, or its code block of that number',
  args: [{ name: 'block', kind: 'word', optional: true }],
  async run(chat, [number]) {
    const answer = await chat.lastAnswer()
    if (answer === undefined) return chat.notice('There is no answer to copy yet.', 'warn')
    const { what, text } = number === undefined ? whole(answer) : block(answer, number)
    // As it is shown: nothing that one does not see comes along, to be run by a shell.
    const { unsure } = await chat.copy(text)
    const hint = unsure ? '\nIf nothing arrived, the terminal does not allow it (OSC 52).' : ''
    chat.notice(`Copied ${what}, ${sizeOf(text)}.${hint}`)
  },
}

interface Part {
  readonly what: string
  readonly text: string
}

function whole(answer: string): Part {
  const blocks = codeBlocksOf(answer).length
  const one = blocks === 0 ? '' : ` (/copy 1${blocks === 1 ? '' : ` to ${blocks}`}: its code alone)`
  return {
    what: `the last answer${one}`,
    text: sanitise(answer)
      .replace(/^\s*\n/, '')
      .trimEnd(),
  }
}

/** Throws ProblemError `invalid_request` where there is no such block. */
function block(answer: string, number: string): Part {
  const blocks = codeBlocksOf(answer)
  const found = /^\d+$/.test(number) ? blocks[Number(number) - 1] : undefined
  if (found === undefined) {
    const why = blocks.length === 0 ? 'the last answer has no code' : countOf(blocks)
    throw new ProblemError('invalid_request', `no code block ${sanitiseLine(number)}: ${why}`, {
      hint: '/copy without a number copies the whole answer.',
    })
  }
  const lang = found.lang === '' ? '' : ` (${sanitiseLine(found.lang)})`
  return { what: `code block ${number}${lang}`, text: found.text }
}

function countOf({ length }: readonly CodeBlock[]): string {
  return length === 1 ? 'the last answer has one' : `the last answer has 1 to ${length}`
}

function sizeOf(text: string): string {
  const lines = text.split('\n').length
  return `${lines} ${lines === 1 ? 'line' : 'lines'}`
}
