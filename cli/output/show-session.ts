import type { Message, Usage } from '../../shared/contract/message.js'
import type { Session } from '../../shared/contract/session.js'
import { formatDollars } from '../../shared/money.js'
import { showParams } from '../../shared/params.js'
import type { Environment } from '../../shared/settings.js'
import { loadHighlighter } from '../text/highlight.js'
import { type RenderOptions, renderMarkdown } from '../text/markdown.js'
import { sanitise, sanitiseLine } from '../text/sanitise.js'
import { paintToken, type Theme } from '../text/theme.js'
import { wrapAnsi } from '../text/wrap.js'
import { formatCount, formatElapsed } from './figures.js'
import { type EndingLine, endingOf, hasBegun } from './message-ending.js'
import { fieldLines, printLines } from './print.js'
import { themeOf } from './terminal-theme.js'

/** UTF-16 units. */
const longestPainted = 32_768

/** Prints a session: what it is, then its messages, rendered on a terminal, bare in a pipe. */
export async function showSession(
  shown: { session: Session; messages: readonly Message[]; roleName: string | undefined },
  env: Environment,
): Promise<void> {
  const { stdout } = process
  const fields = fieldsOf(shown.session, shown.roleName)
  if (!stdout.isTTY) {
    printLines(fieldLines(fields.map(([name, value]) => [name, sanitiseLine(value)])))
    for (const message of shown.messages.filter(isBegun)) {
      const ending = endingFor(message).map(({ text }) => `[${text}]`)
      const said = message.content === '' ? [] : [message.content]
      printLines(['', `[${labelOf(message)}]`, ...said, ...ending])
    }
    return
  }
  const theme = themeOf(stdout, env)
  const safe = fields.map(([name, value]) => [name, sanitiseLine(value)] as const)
  printLines(fieldLines(safe))
  await showMessages(shown.messages, theme, painted)
}

/** Prints messages on the terminal, each under a line that says who speaks. */
export async function showMessages(
  messages: readonly Message[],
  theme: Theme,
  draw: Draw = rendered,
): Promise<void> {
  const width = process.stdout.columns || 80
  if (messages.some(({ content }) => content.includes('```'))) await loadHighlighter()
  for (const message of messages.filter(isBegun)) {
    const figures = figuresOf(message)
    const label = paintToken(theme, 'dim', sanitiseLine([labelOf(message), ...figures].join(', ')))
    const ending = endingFor(message).flatMap(({ tone, text }) =>
      wrapAnsi(text, width).map((line) => paintToken(theme, tone, line)),
    )
    printLines(['', label, ...(await linesOf(message, { width, theme }, draw)), ...ending])
  }
}

function isBegun(message: Message, index: number, messages: readonly Message[]): boolean {
  return hasBegun(message, messages[index - 1])
}

/** In the words of the chat; one that is still being written has not ended. */
function endingFor(message: Message): readonly EndingLine[] {
  if (message.status === 'streaming') return []
  return endingOf(message).map((line) => ({ ...line, text: sanitiseLine(line.text) }))
}

async function linesOf(message: Message, options: RenderOptions, draw: Draw): Promise<string[]> {
  if (message.content === '') return []
  // A user's text is what they typed, not a document.
  if (message.role === 'user') return wrapAnsi(sanitise(message.content), options.width)
  return draw(message.content, options)
}

type Draw = (markdown: string, options: RenderOptions) => string[] | Promise<string[]>

const rendered: Draw = renderMarkdown

/** marked-terminal paints whole documents; the time it takes for code grows with its square. */
async function painted(markdown: string, options: RenderOptions): Promise<string[]> {
  if (markdown.length > longestPainted) return renderMarkdown(markdown, options)
  const { paint } = await import('../text/painter.js')
  return paint(markdown, options)
}

function labelOf({ role, kind, model, status }: Message): string {
  if (role === 'user') return 'you'
  const who = kind === 'plan' ? `plan by ${model}` : (model ?? 'assistant')
  return status === 'complete' ? who : `${who}, ${status}`
}

/** What the chat has at the right of an answer. */
function figuresOf({ elapsed_ms: elapsed, usage }: Message): string[] {
  return [
    ...(elapsed === undefined ? [] : [formatElapsed(elapsed)]),
    ...(usage === undefined ? [] : [`${formatCount(usage.completion_tokens)} tok`]),
  ]
}

function fieldsOf(session: Session, roleName: string | undefined): [string, string][] {
  const { plan } = session
  return [
    ['title', session.title],
    ['id', session.id],
    ['model', session.model ?? '-'],
    ['role', roleName ?? '-'],
    ['plan', plan === null ? '-' : `${plan.planning_model}, then ${plan.answering_model}`],
    ['params', showParams(session.params) || '-'],
    ['created', session.created_at],
    ['updated', session.updated_at],
    ...usageFields(session.usage),
    ...(session.live_turn_id === null ? [] : [['live', session.live_turn_id] as [string, string]]),
  ]
}

function usageFields(usage: Usage | undefined): [string, string][] {
  if (usage === undefined) return []
  const { prompt_tokens, completion_tokens, cost_usd, cost_estimated } = usage
  const tokens = `${prompt_tokens} in, ${completion_tokens} out`
  return [
    ['tokens', tokens],
    ...(cost_usd === undefined
      ? []
      : [['cost', formatDollars(cost_usd, cost_estimated)] as [string, string]]),
  ]
}
