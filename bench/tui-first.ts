import type { BenchHome } from './tui-home.js'
import { median, quantile, report } from './tui-report.js'
import { type BenchTerminal, pictureOf, rows } from './tui-terminal.js'

const endOfFrame = '\x1b[?2026l'
const most = 4

/** How long it takes until everything stands on the screen, over `node -e 0` of the same round. */
export async function benchFirst(home: BenchHome, rounds = 20): Promise<void> {
  const sessions = { 'a short session': home.short, '10,000 lines': home.long }
  const names = Object.keys(sessions) as (keyof typeof sessions)[]
  const ratios = new Map(names.map((name) => [name, [] as number[]]))
  const floors: number[] = []
  const frames: number[] = []
  for (const name of names) await firstFrame(home, sessions[name])
  for (let round = 0; round < rounds; round++) {
    const floor = await home.floor()
    floors.push(floor)
    for (const name of names) {
      const { ms, frame } = await firstFrame(home, sessions[name])
      ratios.get(name)?.push(ms / floor)
      frames.push(frame)
    }
  }
  const floor = median(floors).toFixed(0)
  console.log(`first full frame, ${rounds} rounds; node -e 0: ${floor} ms`)
  for (const [name, values] of ratios) {
    const value = median(values)
    const text = `${value.toFixed(2)} x, p95 ${quantile(values, 0.95).toFixed(2)} x`
    report(name, { value, most, text })
  }
  report('full at frame', `${median(frames)} (last ${quantile(frames, 1)})`)
}

async function firstFrame(
  home: BenchHome,
  session: string,
): Promise<{ ms: number; frame: number }> {
  const terminal = await home.latest(session)
  try {
    await terminal.until(() => terminal.since(0).includes(endOfFrame), 'a frame')
    await terminal.quiet(300)
    return await whenFull(terminal)
  } finally {
    await terminal.leave()
  }
}

/** When the first frame had been read after which nothing is missing. */
async function whenFull({ reads, startedAt }: BenchTerminal) {
  let text = ''
  let frame = 0
  for (const read of reads) {
    text += read.text
    const frames = text.split(endOfFrame).slice(0, -1)
    if (frames.length === frame) continue
    frame = frames.length
    if (isFull(await pictureOf(frames.join(endOfFrame)))) return { ms: read.at - startedAt, frame }
  }
  throw new Error(`the first frames are not full:\n${(await pictureOf(text)).join('\n')}`)
}

/** Header, sessions, messages, composer and the key hints. */
function isFull(picture: readonly string[]): boolean {
  const [header = '', ...rest] = picture
  const side = rest.map((row) => row.slice(0, 27)).join('\n')
  const main = rest.map((row) => row.slice(28)).join('\n')
  return (
    header.includes('paced') &&
    /A question/.test(side) &&
    /Question 1\d/.test(side) &&
    /quick|wizards/.test(main) &&
    /[>›❯]/.test(main) &&
    (picture[rows - 1] ?? '').includes('F1 help')
  )
}
