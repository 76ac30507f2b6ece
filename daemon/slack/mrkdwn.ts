/** Slack cuts longer texts without a word. */
const mostUnits = 40_000

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Text that Slack shows as it is: no mention, no link, no `<!channel>` comes out of it. */
export function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character] ?? '')
}

interface Line {
  raw: string
  mrkdwn: string
  /** A fence is open after it. */
  open: boolean
}

/** Line by line, so that no text can cost more than its length. */
function* linesOf(markdown: string): Generator<Line> {
  let open = false
  for (const [raw] of markdown.matchAll(/[^\n]*\n|[^\n]+$/g)) {
    const fence = raw.startsWith('```')
    const code = open || fence || raw.length > longestLine
    if (fence) open = !open
    yield { raw, mrkdwn: code ? escaped(raw) : prose(raw), open }
  }
}

/** Beyond, nobody has written it with care, and looking for links would take its time. */
const longestLine = 4_000

/**
 * Markdown as models write it, in Slack's own dialect: bold, headings and links are written in another
 * way; code stays as it is.
 */
export function toMrkdwn(markdown: string): string {
  return [...linesOf(markdown)].map(({ mrkdwn }) => mrkdwn).join('')
}

function prose(line: string): string {
  const heading = /^#{1,6} +(\S[^\n]*)/.exec(line)
  const text = heading?.[1]
  // In one piece of bold: what closes it goes, and bold inside of it.
  if (text !== undefined) {
    const words = text.replace(/(?<![ #])[ #]+$/, '').replaceAll('**', '')
    return `*${linked(escaped(words))}*${line.slice(heading?.[0].length)}`
  }
  return escaped(line)
    .split(/(`[^`]{1,1000}`)/)
    .map((part, index) => (index % 2 === 1 ? part : linked(part.replace(bold, '*$1*'))))
    .join('')
}

const bold = /\*\*(?=\S)([^*]{1,1000})(?<=\S)\*\*/g

function linked(text: string): string {
  return text.replace(/(?<!!)\[([^\]|]{1,200})\]\((https?:\/\/[^\s)|]{1,1000})\)/g, '<$2|$1>')
}

/** A model's text as long as Slack takes it, between what stands around it; what is cut off is said. */
export function fitted(markdown: string, around: { before?: string; after?: string } = {}): string {
  const { before = '', after = '' } = around
  // No way of writing it makes it shorter than half.
  const whole = markdown.length > 2 * mostUnits ? undefined : before + toMrkdwn(markdown) + after
  if (whole !== undefined && whole.length <= mostUnits) return whole
  const count = markdown.length.toLocaleString('en')
  const note = `\n\n_The answer has ${count} characters; Slack takes no more of it._${after}`
  const room = mostUnits - before.length - note.length - closing.length
  return before + beginning(markdown, room) + note
}

const closing = '\n```'

/** As much of a text as there is room for: no character is cut in two, and an open fence is closed. */
function beginning(markdown: string, room: number): string {
  let text = ''
  let open = false
  for (const line of linesOf(markdown)) {
    if (text.length + line.mrkdwn.length > room) {
      for (const character of line.raw) {
        const shown = escaped(character)
        if (text.length + shown.length > room) break
        text += shown
      }
      break
    }
    text += line.mrkdwn
    open = line.open
  }
  return open ? text + closing : text
}

/** On one line, and short: for what is repeated. */
export function oneLine(text: string, most = 300): string {
  const characters = [
    ...text
      .slice(0, 4 * most)
      .replace(/\s+/g, ' ')
      .trim(),
  ]
  return characters.length <= most
    ? characters.join('')
    : `${characters.slice(0, most - 1).join('')}…`
}
