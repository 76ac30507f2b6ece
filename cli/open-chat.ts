import type { CallParams } from '../shared/contract/param-table.js'
import { ProblemError } from '../shared/contract/problem.js'
import { readSetting } from '../shared/settings.js'
import { booleanOf } from '../shared/settings-check.js'
import { type ClientConfig, loadClientConfig } from './config.js'
import { startChat } from './session/start-chat.js'

export interface ChatOptions {
  session?: string
  continue?: boolean
  new?: boolean
  model?: string
  role?: string
  /** Commander's name for -o. */
  param?: CallParams
  plain?: boolean
}

/** Opens the chat on this terminal. Its parts are loaded only then. Throws ProblemError. */
export async function openChat(options: ChatOptions): Promise<void> {
  const chosen = [options.session !== undefined, options.continue, options.new].filter(Boolean)
  if (chosen.length > 1) {
    throw new ProblemError('invalid_request', '-s, -C and -n name different sessions; give one')
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new ProblemError('invalid_request', 'the chat needs a terminal; without one use c2a ask')
  }
  const config = loadClientConfig()
  if (options.plain || isPlain(config)) {
    const { runLineChat } = await import('./line/line-chat.js')
    return runLineChat(options)
  }
  const starting = startChat(config, options)
  // The daemon answers while the screen is being loaded, which holds everything else up.
  const isSent = new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  await Promise.race([isSent, starting])
  const { runTui } = await import('./tui/tui.js')
  // What went wrong so far is told on the screen that the user has.
  await runTui(await starting)
}

/** A terminal that can only append, and people who have theirs read to them. */
function isPlain({ env, file }: ClientConfig): boolean {
  return env['TERM'] === 'dumb' || booleanOf(readSetting('tui.plain', env, file)?.value ?? '')
}
