import type { Environment } from '../../shared/settings.js'
import { exitWith } from '../output/exit.js'
import { printJson, printLines } from '../output/print.js'
import { themeOf } from '../output/terminal-theme.js'
import { isUtf8 } from '../tui/look.js'
import { askTerminal } from './ask-terminal.js'
import type { Check } from './check.js'
import { checkLines, lastLine } from './check-lines.js'
import { startChecks } from './run-checks.js'

export interface ExamineOptions {
  readonly env: Environment
  readonly json: boolean
  /** False: no model is asked. */
  readonly model: string | false | undefined
  readonly patienceMs: number
}

const interrupted = 130
/** How long Ctrl+C waits for the question to be taken back, ms. */
const tidyMs = 2_000

/** Makes all checks, prints each as soon as those before it are done, and ends the program. */
export async function examine({ env, json, model, patienceMs }: ExamineOptions): Promise<void> {
  const { stdout } = process
  const { isTTY, columns } = stdout
  const theme = themeOf(stdout, env)
  const width = isTTY ? columns || 80 : undefined
  // Before anything is printed, since it writes where the cursor is.
  const traits = json ? undefined : await askTerminal(env)
  const checks: Check[] = []
  const signal = leaving()
  for (const pending of startChecks({ env, model, patienceMs, traits, signal })) {
    const check = await pending
    if (signal.aborted) return exitWith(interrupted)
    checks.push(check)
    if (!json) printLines(checkLines(check, { theme, width, ascii: !isUtf8(env) }))
  }
  const ok = checks.every(({ status }) => status !== 'fail')
  if (json) printJson({ ok, checks })
  else if (isTTY) printLines([lastLine(checks, theme)])
  exitWith(ok ? 0 : 1)
}

/** Aborted by Ctrl+C, so that no question goes on in the daemon; the second one just ends. */
function leaving(): AbortSignal {
  const controller = new AbortController()
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(interrupted)
    controller.abort()
    setTimeout(() => exitWith(interrupted), tidyMs)
  })
  return controller.signal
}
