import type { ChatOptions } from '../commands/chat.js'
import { loadClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { exitWith } from '../output/exit.js'
import { say } from '../output/report.js'
import { openSession } from '../session/open-session.js'
import { sanitiseLine } from '../text/sanitise.js'
import { type LineChat, notice, runAction, sayIfOffline, showOpening } from './line-actions.js'
import { createLineInput, type LineHandlers } from './line-input.js'
import { textOfLine } from './line-paste.js'
import { reportInChat } from './line-report.js'
import { joinTurn, type RunningTurn, sendMessage } from './line-turn.js'
import { parseLine } from './slash.js'

/** A line that was typed; one that was typed unseen is shown when its turn comes. */
interface Typed {
  line: string
  seen: boolean
}

/** The chat, a line at a time. Returns when the user leaves. */
export async function runLineChat(options: ChatOptions): Promise<void> {
  const chat = await openChat(options)
  const typed: Typed[] = []
  let running: RunningTurn | undefined
  let wake: (() => void) | undefined
  let leaving = false
  let acting = false
  let goesOn = false
  /** Ctrl+C was pressed at an empty prompt: once more leaves. */
  let armed = false

  const leave = (): void => {
    leaving = true
    // A daemon that hangs must not keep us.
    if (acting) exitWith(0)
    wake?.()
  }
  const handlers: LineHandlers = {
    onLine(line, seen) {
      armed = false
      const meant = parseLine(textOfLine(line))
      const urgent = running !== undefined && meant.kind === 'command' ? meant.name : undefined
      if (urgent === 'stop') return running?.stop()
      if (urgent === 'quit') return leave()
      typed.push({ line, seen })
      wake?.()
    },
    onInterrupt(line) {
      if (running !== undefined) {
        // What was typed for after the answer is to be looked at again.
        const waiting = typed.splice(0).map((one) => one.line)
        if (waiting.length > 0) input.putBack(waiting.join(' '))
        return running.stop()
      }
      if (armed && line === '') return leave()
      armed = true
      input.clear()
      process.stdout.write('\n')
      notice(chat, 'Ctrl+C once more leaves, as do Ctrl+D and /quit.')
      input.open()
    },
    onEnd: leave,
  }
  const bracketedPaste = chat.config.env['TERM'] !== 'dumb'
  const input = createLineInput(handlers, { bracketedPaste })
  const nextLine = async (): Promise<string | undefined> => {
    if (typed.length === 0) input.open()
    while (typed.length === 0 && !leaving) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    input.shut()
    const next = leaving ? undefined : typed.shift()
    if (next !== undefined && !next.seen) {
      process.stdout.write(`> ${sanitiseLine(next.line)}\n`)
    }
    return next?.line
  }
  const watch = async (turn: RunningTurn): Promise<boolean> => {
    running = turn
    const left = new Promise<{ accepted: boolean }>((resolve) => {
      wake = () => {
        if (leaving) resolve({ accepted: true })
      }
    })
    const { accepted } = await Promise.race([turn.ended, left])
    running = undefined
    goesOn = leaving && turn.goesOn()
    return accepted
  }

  input.shut()
  const live = chat.session.live_turn_id
  if (live !== null) {
    notice(chat, 'An answer is running here:')
    await watch(joinTurn(chat.config, chat.session.id, live))
  }
  for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
    const meant = parseLine(textOfLine(line))
    if (meant.kind === 'refused') say(meant.why)
    if (meant.kind === 'message') {
      const accepted = await watch(sendMessage(chat.config, chat.session.id, meant.text))
      if (!accepted) {
        input.remember(line)
        notice(chat, 'Not sent; Up brings it back.')
      }
    }
    if (meant.kind !== 'command') continue
    if (meant.name === 'quit') break
    acting = true
    await runAction(chat, meant.name, meant.argument).catch(reportInChat)
    acting = false
  }
  input.close()
  process.stdout.write('\n')
  if (goesOn) notice(chat, 'The answer goes on; c2a brings you back.')
  exitWith(0)
}

async function openChat(options: ChatOptions): Promise<LineChat> {
  const config = loadClientConfig()
  const client = await connectToDaemon(config)
  try {
    const chat = { config, session: await openSession(client, options) }
    await showOpening(chat, client)
    await sayIfOffline(chat, client).catch(reportInChat)
    return chat
  } finally {
    client.close()
  }
}
