// What showing a streamed answer costs: a frame of 16 characters is pushed and drawn, as in a
// terminal of 120x40. `one-shot` renders the whole answer once; `naive` renders all of it again for
// every frame, as a client does that keeps one string (measured at the full length).
import { DOCUMENTS } from '../cli/text/fixtures/documents.js'
import { loadHighlighter } from '../cli/text/highlight.js'
import { renderMarkdown } from '../cli/text/markdown.js'
import { paint } from '../cli/text/painter.js'
import { createTerminalWriter } from '../cli/text/terminal-writer.js'
import { themeFor } from '../cli/text/theme.js'

const KB = 1_024
const FRAME = 16
const SIZES = [50 * KB, 200 * KB]
const theme = themeFor('ansi256')
const options = { width: 110, theme }

const CODE = `// adds two numbers
export function add(a: number, b: number): number {
  const label = \`sum of \${a} and \${b}\`
  return label.length > 0 ? a + b : 0 /* never */
}

`
const KINDS: Record<string, (size: number) => string> = {
  mixed: (size) => filled(`${Object.values(DOCUMENTS).join('\n')}\n`, size),
  'one ts fence': (size) => `\`\`\`ts\n${filled(CODE, size)}`,
  'one list': (size) =>
    filled('- an item with **bold**, `code` and a [link](https://e.com)\n', size),
  'one table': (size) =>
    `| a | b |\n|---|---|\n${filled('| some text | **more** of it |\n', size)}`,
  'one paragraph': (size) =>
    filled('Words and *more* words, `code` and so on, without an end. ', size),
}

await loadHighlighter()
await paint('warm', options)
for (const make of Object.values(KINDS)) await streamed(make(20 * KB))

console.log(
  'document          KB   one-shot   streamed  frame mean/p99/max ms    x one-shot   KB written',
)
for (const [kind, make] of Object.entries(KINDS)) {
  const totals: number[] = []
  for (const size of SIZES) {
    const text = make(size)
    const oneShot = timed(() => renderMarkdown(text, options))
    const { total, mean, p99, max, bytes } = await streamed(text)
    totals.push(total)
    const cells = [
      kind.padEnd(15),
      String(Math.round(size / KB)).padStart(4),
      `${oneShot.toFixed(0)} ms`.padStart(10),
      `${total.toFixed(0)} ms`.padStart(10),
      `${mean.toFixed(3)} / ${p99.toFixed(2)} / ${max.toFixed(1)}`.padStart(25),
      (total / oneShot).toFixed(1).padStart(10),
      String(Math.round(bytes / KB)).padStart(12),
    ]
    console.log(cells.join(' '))
  }
  const [small = 1, large = 1] = totals
  console.log(
    `${''.padEnd(15)} 4 times the text costs ${(large / small).toFixed(1)} times the time`,
  )
}

const mixed = KINDS['mixed']?.(SIZES[1] ?? 0) ?? ''
const naive = timed(() => renderMarkdown(mixed, options))
const started = performance.now()
await paint(mixed, options)
const painter = performance.now() - started
console.log(
  `naive, last frame of 200 KB mixed: ${naive.toFixed(0)} ms; by marked-terminal: ${painter.toFixed(0)} ms`,
)

async function streamed(text: string) {
  let bytes = 0
  const writer = createTerminalWriter({
    write: (update) => {
      bytes += update.length
    },
    size: () => ({ columns: 120, rows: 40 }),
    theme,
  })
  const frames: number[] = []
  for (let at = 0; at < text.length; at += FRAME) {
    frames.push(timed(() => writer.push(text.slice(at, at + FRAME))))
  }
  const total = frames.reduce((sum, frame) => sum + frame, 0)
  await writer.end()
  frames.sort((a, b) => a - b)
  const p99 = frames[Math.floor(frames.length * 0.99)] ?? 0
  return { total, mean: total / frames.length, p99, max: frames.at(-1) ?? 0, bytes }
}

function timed(task: () => unknown): number {
  const from = performance.now()
  task()
  return performance.now() - from
}

function filled(piece: string, size: number): string {
  return piece.repeat(Math.ceil(size / piece.length)).slice(0, size)
}
