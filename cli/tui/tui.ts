import type { Session } from '../../shared/contract/session.js'
import type { ChatOptions } from '../commands/chat.js'
import { loadClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { exitWith } from '../output/exit.js'
import { printLines } from '../output/print.js'
import { openSession } from '../session/open-session.js'
import { sanitiseLine } from '../text/sanitise.js'
import { runChat } from './chat.js'

/** The chat on the whole screen. Returns when the user leaves. */
export async function runTui(options: ChatOptions): Promise<void> {
  const config = loadClientConfig()
  // What goes wrong up to here is told on the screen that the user has.
  const client = await connectToDaemon(config)
  const session = await openSession(client, options)
  const left = await runChat({ config, client, session })
  printLines(farewell(left))
  exitWith(0)
}

function farewell({ session, isAnswering }: { session: Session; isAnswering: boolean }): string[] {
  const back = `c2a -s ${session.id.slice(0, 8)}`
  const rest = isAnswering ? 'The answer goes on; come back with' : 'Come back with'
  return [`${sanitiseLine(session.title)}. ${rest}: ${back}`]
}
