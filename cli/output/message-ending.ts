import type { Message } from '../../shared/contract/message.js'
import { type ProblemCode, problems } from '../../shared/contract/problem.js'

/** A line about how a message ended, the same wherever it is shown. */
export interface EndingLine {
  readonly tone: 'dim' | 'warn' | 'error'
  /** The mark in front of it; none for what goes on about the line before. */
  readonly sign?: 'warn' | 'error' | 'stopped' | 'interrupted' | 'more'
  readonly text: string
}

/** Why a complete answer may still not be what was wanted, by its finish_reason, and what to do. */
export function cutNote(finishReason: string | null | undefined): string | undefined {
  return Object.hasOwn(cuts, finishReason ?? '') ? cuts[finishReason ?? ''] : undefined
}

const cuts: Readonly<Record<string, string>> = {
  length: 'the answer was cut at its token limit; ask it to go on',
  content_filter: 'a content filter cut the answer; ask in other words',
}

/** What there is to say under a message that is not simply whole: why, and what to do. */
export function endingOf(message: Message): readonly EndingLine[] {
  const { status, problem } = message
  switch (status) {
    case 'complete': {
      const note = cutNote(message.finish_reason)
      if (note !== undefined) return [{ tone: 'warn', sign: 'warn', text: note }]
      const isEmpty = message.role === 'assistant' && message.content.trim() === ''
      return isEmpty ? [{ tone: 'dim', text: 'the answer is empty' }] : []
    }
    case 'streaming':
      return [{ tone: 'dim', sign: 'more', text: 'its end did not arrive here' }]
    case 'stopped': {
      const why = problem === undefined ? '' : `: ${problem.detail}`
      return [{ tone: 'dim', sign: 'stopped', text: `stopped${why}` }]
    }
    case 'interrupted': {
      const text = `interrupted: ${whyInterrupted(message)}; what had arrived is kept`
      return [{ tone: 'warn', sign: 'interrupted', text }]
    }
    case 'failed': {
      const { code, detail, hint } = problem ?? problemOf(message.error_code)
      const cause = detail === '' ? code : `${code}: ${detail}`
      const failed: EndingLine = { tone: 'error', sign: 'error', text: cause }
      return hint === undefined ? [failed] : [failed, { tone: 'dim', text: hint }]
    }
    default:
      return status satisfies never
  }
}

/** An implementation never began when its plan, the message before, did not get to its end. */
export function hasBegun(message: Message, before: Message | undefined): boolean {
  if (message.kind !== 'answer' || before?.kind !== 'plan') return true
  return before.status === 'complete' || message.content !== ''
}

function whyInterrupted({ problem, error_code }: Message): string {
  const isAway = (problem?.code ?? error_code) === 'db_unavailable'
  return isAway ? 'the database was away for too long' : (problem?.detail ?? 'the daemon ended')
}

/** For a message whose turn tells no more than a code. */
function problemOf(code: string | undefined): { code: string; detail: string; hint?: string } {
  if (code === undefined || !Object.hasOwn(problems, code)) {
    return { code: code ?? 'failed', detail: '' }
  }
  const { title, hint } = problems[code as ProblemCode]
  return { code, detail: title, ...(hint !== undefined && { hint }) }
}
