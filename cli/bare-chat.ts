import { openChat } from './open-chat.js'
import { exitWith, watchStdout } from './output/exit.js'
import { report } from './output/report.js'

/** `c2a` and nothing else: the chat without the parser of options, which it need not wait for. */
export async function runBareChat(): Promise<void> {
  watchStdout()
  await openChat({}).catch((error: unknown) => exitWith(report(error)))
}
