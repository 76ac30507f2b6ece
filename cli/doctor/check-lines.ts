import { sanitise, sanitiseLine } from '../text/sanitise.js'
import { paintToken, type Theme, type Token } from '../text/theme.js'
import { wrapAnsi } from '../text/wrap.js'
import { type Check, type CheckStatus, titles } from './check.js'

export interface LineOptions {
  readonly theme: Theme
  /** Undefined: as long as it comes, and without marks (a pipe). */
  readonly width: number | undefined
  readonly ascii: boolean
}

const looks: Readonly<Record<CheckStatus, { token: Token; mark: string; ascii: string }>> = {
  ok: { token: 'ok', mark: '✓', ascii: '+' },
  warn: { token: 'warn', mark: '!', ascii: '!' },
  fail: { token: 'error', mark: '✗', ascii: 'x' },
  skip: { token: 'dim', mark: '·', ascii: '-' },
}

/** Stays in one piece, so that it can be copied. */
const command = /^fix: (c2a|chmod|export|sudo|unset) /

const titleWidth = Math.max(...Object.values(titles).map((title) => title.length)) + 2

/** A check as lines: what was found, and below it what to do. */
export function checkLines({ status, title, detail, fix }: Check, options: LineOptions): string[] {
  const { theme, width, ascii } = options
  const look = looks[status]
  const mark = width === undefined ? '' : `${ascii ? look.ascii : look.mark} `
  const lead = `${mark}${status.padEnd(6)}`
  const indent = ' '.repeat(lead.length)
  const fold = (text: string, hang: string): string[] =>
    width === undefined || command.test(text) ? [text] : wrapAnsi(text, width - hang.length)
  const hang = `${indent}${' '.repeat(titleWidth)}`
  const [first = '', ...rest] = fold(sanitiseLine(detail), hang)
  const head = `${paintToken(theme, look.token, lead)}${title.padEnd(titleWidth)}${first}`
  const fixes = fix === undefined ? [] : sanitise(fix).split('\n')
  return [
    head,
    ...rest.map((line) => `${hang}${line}`),
    ...fixes.flatMap((one) =>
      fold(`fix: ${sanitiseLine(one)}`, hang).map(
        (line) => `${hang}${paintToken(theme, 'accent', line)}`,
      ),
    ),
  ]
}

/** How it stands in all, for eyes only. */
export function lastLine(checks: readonly Check[], theme: Theme): string {
  const failed = checks.filter(({ status }) => status === 'fail').length
  const warned = checks.filter(({ status }) => status === 'warn').length
  const warnings = `${warned} ${warned === 1 ? 'warning' : 'warnings'}`
  if (failed > 0) return paintToken(theme, 'error', `${failed} failed, ${warnings}`)
  return warned > 0 ? `nothing failed, ${warnings}` : paintToken(theme, 'ok', 'all is well')
}
