import { sizeProblem } from '../../shared/limits.js'
import { loadClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import type { ChatOptions } from '../open-chat.js'
import { exitWith } from '../output/exit.js'
import { openSession } from '../session/open-session.js'
import { sanitiseLine } from '../text/sanitise.js'
import { lookOf } from '../tui/look.js'
import { act, actionOf, type LineAction } from './line-act.js'
import { askInFork } from './line-edit.js'
import { createLineInput, type LineHandlers } from './line-input.js'
import { meaningOf } from './line-meaning.js'
import { sayIfOffline, showOpening } from './line-opening.js'
import { reportInChat } from './line-report.js'
import { type LineChat, notice } from './line-state.js'
import { answerAgain, joinTurn, type RunningTurn, sendMessage } from './line-turn.js'

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
      const meant = running === undefined ? undefined : meaningOf(line)
      const urgent = meant?.kind === 'command' ? meant.command.name : undefined
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
      chat.editing = undefined
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

  const joinLive = async (): Promise<void> => {
    const live = chat.session.live_turn_id
    if (live === null) return
    notice(chat, 'An answer is running here:')
    await watch(joinTurn(chat, live))
  }
  const send = async (line: string, text: string): Promise<void> => {
    const problem = sizeProblem(text)
    if (problem !== undefined) notice(chat, `c2a: ${problem}`, 'warn')
    else if (await watch(sendMessage(chat, text))) return
    input.remember(line)
    notice(chat, 'Not sent; Up brings it back.')
  }
  const sendEdited = async (line: string, text: string, messageId: string): Promise<void> => {
    const problem = sizeProblem(text)
    if (problem !== undefined) notice(chat, `c2a: ${problem}`, 'warn')
    const ask = async (): Promise<boolean> => {
      acting = false
      const isAccepted = await watch(sendMessage(chat, text))
      acting = true
      return isAccepted
    }
    acting = true
    const isAsked =
      problem === undefined &&
      (await askInFork(chat, messageId, ask).catch((error) => {
        reportInChat(error)
        return false
      }))
    acting = false
    if (isAsked) return
    chat.editing = messageId
    input.putBack(line)
    notice(chat, 'Not asked; the question is in the line again.')
  }
  const run = async (action: LineAction, clears = false): Promise<void> => {
    const before = chat.session.id
    let isRetryWanted = false
    const retry = (): void => {
      isRetryWanted = true
    }
    acting = true
    const type = (line: string): void => input.putBack(line)
    await act(chat, action, { clears, retry, type, quit: leave }).catch(reportInChat)
    acting = false
    if (isRetryWanted) await watch(answerAgain(chat))
    if (chat.session.id !== before) await joinLive()
  }

  input.shut()
  await joinLive()
  for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
    const choice = takeChoice(chat, line)
    const meant = meaningOf(line)
    const { editing } = chat
    chat.editing = undefined
    if (choice !== undefined) await run(choice)
    else if (meant?.kind === 'refused') notice(chat, meant.problem, 'warn')
    else if (meant?.kind === 'message' && editing !== undefined) {
      await sendEdited(line, meant.text, editing)
    } else if (meant?.kind === 'message') await send(line, meant.text)
    else if (meant?.kind === 'command') {
      if (meant.command.name === 'quit') break
      await run(actionOf(chat, meant), meant.command.name === 'clear')
    }
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
    const look = lookOf(config)
    const chat: LineChat = {
      ...{ config, look, background: look.theme, session: await openSession(client, options) },
      ...{ roles: [], catalogue: undefined, choices: [], editing: undefined },
    }
    await showOpening(chat, client)
    await sayIfOffline(chat, client).catch(reportInChat)
    return chat
  } finally {
    client.close()
  }
}

/** What a number means after a list; any other line ends the choice. */
function takeChoice(chat: LineChat, line: string): LineAction | undefined {
  const { choices } = chat
  chat.choices = []
  if (choices.length === 0 || !/^\s*\d+\s*$/.test(line)) return undefined
  const choice = choices[Number(line) - 1]
  if (choice !== undefined) return choice
  // No message, and no reason to print the list again.
  chat.choices = choices
  return ({ notice }) => notice(`The list goes from 1 to ${choices.length}.`, 'warn')
}
