import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/eventually.js'
import { spawnPty } from '../support/pty.js'

const source = fileURLToPath(new URL('../fixtures/tty-program.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'c2a-tty-'))
const program = join(folder, 'program.cjs')
const run = `"${process.execPath}" "${program}"`

const enter =
  '\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?2004h\x1b[?1004h' +
  '\x1b[>4;2m\x1b[m\x1b[>1u' +
  '\x1b[?1000h\x1b[?1002h\x1b[?1006h'
const leave =
  '\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[m' +
  '\x1b[<u\x1b[>4m\x1b[m' +
  '\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?7h\x1b[?1049l'

beforeAll(async () => {
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A program on a terminal of 80x24 that is killed after the test. */
function open(file: string, args: readonly string[]) {
  const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true })
  let raw = ''
  let isAlive = true
  const watchers = new Set<() => void>()
  const options = {
    name: 'xterm-256color',
    cols: 80,
    rows: 24,
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', PS1: '$ ', LANG: 'C.UTF-8', HISTFILE: '' },
  }
  const child = spawnPty(file, args, options, (text) => {
    raw += text
    screen.write(text, () => {
      for (const watch of watchers) watch()
    })
  })
  const exit = new Promise<number>((resolve) => {
    child.onExit(({ exitCode }) => {
      isAlive = false
      screen.write('', () => resolve(exitCode))
    })
  })
  onTestFinished(() => {
    if (isAlive) child.kill('SIGKILL')
    screen.dispose()
  })

  /** Waits until what came from a place of the output on has the text; the place after it. */
  const until = (text: string, from = 0): Promise<number> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(look)
        reject(new Error(`no ${JSON.stringify(text)} in ${JSON.stringify(raw.slice(from))}`))
      }, 15_000)
      const look = (): void => {
        const at = raw.indexOf(text, from)
        if (at < 0) return
        clearTimeout(timer)
        watchers.delete(look)
        resolve(at + text.length)
      }
      watchers.add(look)
      look()
    })
  return {
    until,
    exit,
    raw: () => raw,
    /** The terminal goes away, as when its window is closed. */
    close() {
      isAlive = false
      ;(child as unknown as { destroy(): void }).destroy()
    },
    type: (keys: string) => child.write(keys),
    /** From now on nobody takes what is written, as when the terminal hangs. */
    hang: () => child.pause(),
    wakeUp: () => child.resume(),
    resize(columns: number, rows: number) {
      screen.resize(columns, rows)
      child.resize(columns, rows)
    },
    /** The process id of the program, once it has the screen. */
    async ready(): Promise<number> {
      const from = await until('<ready as ')
      await until('>', from)
      return Number.parseInt(raw.slice(from), 10)
    },
    /** What the emulator makes of all that was written. */
    modes: () => ({
      screen: screen.buffer.active.type,
      paste: screen.modes.bracketedPasteMode,
      focus: screen.modes.sendFocusMode,
      mouse: screen.modes.mouseTrackingMode,
      wrap: screen.modes.wraparoundMode,
    }),
  }
}

type Opened = ReturnType<typeof open>

const plain = { screen: 'normal', paste: false, focus: false, mouse: 'none', wrap: true }
const taken = { screen: 'alternate', paste: true, focus: true, mouse: 'drag', wrap: false }

/**
 * The program, run by a script that tells the modes of the line before and after. It stays: what is
 * written just before the last process ends may be lost with the terminal.
 */
function openScript(argument = 'true'): Opened {
  const script = `stty -g; ${run} '${argument}'; echo "code=$?"; stty -g; echo end; read line`
  return open('bash', ['--norc', '--noprofile', '-c', script])
}

/** Waits for the end of the script and gives the code of the program. */
async function expectRestored(terminal: Opened): Promise<number> {
  await terminal.until('end\r\n')
  const raw = terminal.raw()
  const [before, after] = raw.match(/^[\da-f]+(?::[\da-f]+){10,}/gm) ?? []
  expect(before).toBeDefined()
  expect(after).toBe(before)
  expect(raw.split(enter)).toHaveLength(2)
  expect(raw.split(leave)).toHaveLength(2)
  expect(raw.indexOf(leave)).toBeGreaterThan(raw.indexOf(enter))
  expect(terminal.modes()).toEqual(plain)
  return Number(/code=(\d+)/.exec(raw)?.[1])
}

describe('the terminal is as it was before', () => {
  it('after an orderly end', async () => {
    const terminal = openScript()
    await terminal.ready()
    expect(terminal.modes()).toEqual(taken)
    terminal.type('q')
    expect(await expectRestored(terminal)).toBe(0)
  })

  it('after process.exit', async () => {
    const terminal = openScript()
    await terminal.ready()
    terminal.type('e')
    expect(await expectRestored(terminal)).toBe(3)
  })

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
    ['SIGINT', 130],
  ] as const) {
    it(`after ${signal}`, async () => {
      const terminal = openScript()
      process.kill(await terminal.ready(), signal)
      expect(await expectRestored(terminal)).toBe(code)
    })
  }

  it('after an error that nobody caught, which is told in one harmless line', async () => {
    const terminal = openScript()
    await terminal.ready()
    terminal.type('t')
    expect(await expectRestored(terminal)).toBe(1)
    const told = terminal.raw().slice(terminal.raw().indexOf(leave) + leave.length)
    expect(told).toMatch(/^c2a: thrown in a timer␛\[31m\r\ncode=1\r\n/)
  })

  it('after a promise that nobody awaited', async () => {
    const terminal = openScript()
    await terminal.ready()
    terminal.type('r')
    expect(await expectRestored(terminal)).toBe(1)
    expect(terminal.raw()).toContain(`${leave}c2a: rejected\r\n`)
  })
})

describe('keys', () => {
  it('are told apart, Escape after a short silence', async () => {
    const terminal = open(process.execPath, [program])
    await terminal.ready()
    terminal.type('\x1b')
    await terminal.until('<key escape>')
    terminal.type('\x03\x1b[A\x1b[<0;1;1M')
    await terminal.until('<key c><key up><mouse>')
  })

  it('that were typed until an orderly end reach no shell', async () => {
    const terminal = openScript()
    await terminal.ready()
    terminal.type('q\x1b[<35;1;1M\x1b[<35;2;1M')
    await expectRestored(terminal)
    expect(terminal.raw()).not.toContain('35;')
  })
})

describe('the size', () => {
  it('is told when it changes', async () => {
    const terminal = open(process.execPath, [program])
    await terminal.ready()
    terminal.resize(100, 30)
    await terminal.until('<resized to 100x30>')
  })
})

describe('another program outside', () => {
  it('gets a plain terminal and its keys, and cannot take ours with Ctrl+C', async () => {
    const loop = 'while read line; do echo "got $line"; done'
    const script = `trap "echo caught" INT; stty -g; echo out; read line; ${loop}`
    const terminal = openScript(script)
    await terminal.ready()
    terminal.type('o')
    let at = await terminal.until('out\r\n')
    expect(terminal.modes()).toEqual(plain)
    terminal.type('\x03')
    at = await terminal.until('caught', at)
    // Ctrl+C may come just before the shell reads its line: then that is the first of these.
    terminal.type('hello\rhello\r')
    at = await terminal.until('got hello', at)
    terminal.type('\x04')
    at = await terminal.until('<resumed at 80x24>', at)
    expect(terminal.modes()).toEqual(taken)
    terminal.type('q')
    await terminal.until('end\r\n', at)
    const lines = terminal.raw().match(/[\da-f]+(?::[\da-f]+){10,}/g) ?? []
    expect(lines).toHaveLength(3)
    expect(new Set(lines).size).toBe(1)
    expect(terminal.modes()).toEqual(plain)
  })
})

describe('a terminal that is gone', () => {
  it('ends the program, in order', async () => {
    // The shell stays to tell how; a signal that it ignores is none for what it runs, at first.
    const script = `trap "" HUP; ${run}; echo "code=$?" > ended`
    const terminal = open('bash', ['--norc', '--noprofile', '-c', script])
    await terminal.ready()
    terminal.close()
    const told = await eventually(() => {
      const text = readFileSync(join(folder, 'ended'), 'utf8')
      expect(text).toMatch(/\n$/)
      return text
    })
    // The keyboard tells of it, or a signal, whichever comes first.
    expect(['code=1\n', 'code=129\n']).toContain(told)
  })
})

describe('a terminal that takes nothing any more', () => {
  /** It is flooded; 20 bytes of the flood at most are a line of it. */
  async function openHanging(): Promise<{ terminal: Opened; pid: number }> {
    const terminal = open(process.execPath, [program])
    const pid = await terminal.ready()
    terminal.hang()
    terminal.type('f')
    return { terminal, pid }
  }

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`does not hold up ${signal}`, async () => {
      const { terminal, pid } = await openHanging()
      process.kill(pid, signal)
      expect(await terminal.exit).toBe(code)
    })
  }

  for (const [how, key, code] of [
    ['an orderly end', 'q', 0],
    ['a crash', 't', 1],
  ] as const) {
    it(`does not hold up ${how}`, async () => {
      const { terminal } = await openHanging()
      terminal.type(key)
      expect(await terminal.exit).toBe(code)
    })
  }

  it('gets all of it in order when it goes on, and another program finds it as ever', async () => {
    const terminal = openScript('yes "from outside" | head -20000')
    await terminal.ready()
    terminal.hang()
    terminal.type('f')
    terminal.wakeUp()
    await terminal.until('<flood 20000>')
    const flood = terminal.raw().match(/<flood \d+>/g)
    expect(flood).toEqual(Array.from({ length: 20_000 }, (_, line) => `<flood ${line + 1}>`))
    terminal.type('o')
    await terminal.until('<resumed at 80x24>')
    expect(terminal.raw().split('from outside').length - 1).toBe(20_000)
    terminal.type('q')
    await terminal.until('end\r\n')
  })
})

describe('stopping', () => {
  async function openShell(): Promise<Opened> {
    const terminal = open('bash', ['--norc', '--noprofile', '-i'])
    await terminal.until('$ ')
    terminal.type(`${run}\r`)
    return terminal
  }

  it('gives the screen back, and fg takes it again at its new size', async () => {
    const terminal = await openShell()
    await terminal.ready()
    terminal.type('z')
    let at = await terminal.until(leave)
    at = await terminal.until('$ ', at)
    expect(terminal.modes()).toMatchObject({ screen: 'normal', focus: false, mouse: 'none' })
    terminal.type('stty -a; echo to""ld\r')
    at = await terminal.until('told\r\n', at)
    expect(terminal.raw()).toMatch(/ icanon (?:.|\s)* echo /)
    terminal.resize(90, 20)
    terminal.type('fg\r')
    at = await terminal.until(enter, at)
    at = await terminal.until('<resumed at 90x20>', at)
    terminal.type('x')
    at = await terminal.until('<key x>', at)
    expect(terminal.modes()).toEqual(taken)
    // And once more.
    terminal.type('z')
    at = await terminal.until('$ ', await terminal.until(leave, at))
    terminal.type('fg\r')
    at = await terminal.until('<resumed at 90x20>', at)
    terminal.type('q')
    at = await terminal.until(leave, at)
    await terminal.until('$ ', at)
    expect(terminal.modes()).toMatchObject({ screen: 'normal', mouse: 'none' })
  })

  it('by SIGTSTP from outside is the same', async () => {
    const terminal = await openShell()
    const pid = await terminal.ready()
    let at = 0
    for (let times = 0; times < 2; times++) {
      process.kill(pid, 'SIGTSTP')
      at = await terminal.until('$ ', await terminal.until(leave, at))
      terminal.type('fg\r')
      at = await terminal.until('<resumed at', await terminal.until(enter, at))
    }
    terminal.type('q')
    await terminal.until('$ ', await terminal.until(leave, at))
  })

  it('by SIGSTOP, which nothing can see coming, is mended', async () => {
    const terminal = await openShell()
    process.kill(await terminal.ready(), 'SIGSTOP')
    let at = await terminal.until('Stopped')
    terminal.type('fg\r')
    at = await terminal.until(`${leave}${enter}`, at)
    at = await terminal.until('<resumed at', at)
    terminal.type('x')
    at = await terminal.until('<key x>', at)
    terminal.type('q')
    await terminal.until('$ ', await terminal.until(leave, at))
  })

  it('where no shell could let it go on again changes nothing', async () => {
    const terminal = open(process.execPath, [program])
    await terminal.ready()
    terminal.type('z')
    await terminal.until('<resumed at 80x24>')
    terminal.type('q')
    expect(await terminal.exit).toBe(0)
    expect(terminal.modes()).toEqual(plain)
  })
})
