import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { enterModes, leaveModes } from './modes.js'
import { openTty } from './tty.js'

const all = { mouse: true, keyboard: true }

/** A tty on a keyboard and a screen that are a stream and a file. */
function open({ columns = 120, rows = 40, ...modes }: Partial<typeof all> & Partial<Size> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'c2a-tty-'))
  const file = join(folder, 'screen')
  const fd = openSync(file, 'a')
  const isRaw: boolean[] = []
  const stdin = Object.assign(new PassThrough(), {
    fd,
    setRawMode: (on: boolean) => isRaw.push(on),
  })
  let written = ''
  const sink = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      written += chunk
      done()
    },
  })
  const stdout = Object.assign(sink, { fd, columns, rows })
  const told: string[] = []
  const timers: { run: () => void; ms: number; isCancelled: boolean }[] = []
  const tty = openTty({
    stdin,
    stdout,
    stderr: { fd },
    ...all,
    ...modes,
    onEvent: (event) => told.push(event.type === 'key' ? event.name : event.type),
    onResize: (size) => told.push(`resized to ${size.columns}x${size.rows}`),
    onResume: () => told.push('resumed'),
    onDrain: () => told.push('drained'),
    onHangup: () => told.push('gone'),
    timer(run, ms) {
      const entry = { run, ms, isCancelled: false }
      timers.push(entry)
      return () => {
        entry.isCancelled = true
      }
    },
  })
  onTestFinished(() => {
    tty.leave()
    closeSync(fd)
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    tty,
    stdin,
    stdout,
    told,
    isRaw,
    /** Modes and whatever else is written at once. */
    modes: () => readFileSync(file, 'utf8'),
    written: () => written,
    /** Runs what waits for this time, and what that leads to. */
    async pass(ms: number) {
      for (const entry of timers.splice(0)) {
        if (!entry.isCancelled && entry.ms === ms) entry.run()
        else timers.push(entry)
      }
      await turn()
    },
    async type(bytes: string) {
      stdin.write(bytes)
      await turn()
    },
  }
}

interface Size {
  columns: number
  rows: number
}

describe('taking the terminal', () => {
  it('sets its modes and the keyboard raw, and gives both back once', () => {
    const { tty, modes, isRaw } = open()
    expect(modes()).toBe(enterModes(all))
    expect(isRaw).toEqual([true])
    tty.leave()
    tty.leave()
    expect(modes()).toBe(enterModes(all) + leaveModes(all))
    expect(isRaw).toEqual([true, false])
  })

  it('undoes its modes in reverse', () => {
    const numbers = (modes: string) => [...modes.matchAll(/\?(\d+)[hl]/g)].map((found) => found[1])
    const taken = numbers(enterModes(all))
    expect(taken).toContain('1049')
    expect(numbers(leaveModes(all))).toEqual(taken.reverse())
  })

  it('asks for neither mouse nor more keys unless told to', () => {
    const { tty, modes } = open({ mouse: false, keyboard: false })
    tty.leave()
    expect(modes()).not.toMatch(/1000|1002|1006|[<>]/)
  })

  it('leaves nothing behind in the process', () => {
    const names = ['exit', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGCONT', 'SIGTSTP', 'uncaughtException']
    const count = () => names.map((name) => process.listenerCount(name))
    const before = count()
    const { tty, stdin, stdout } = open()
    expect(count()).toEqual(before.map((number) => number + 1))
    tty.leave()
    expect(count()).toEqual(before)
    expect(stdin.listenerCount('data')).toBe(0)
    expect(stdin.isPaused()).toBe(true)
    expect(stdout.listenerCount('resize')).toBe(0)
  })

  it('writes only while the screen is ours', () => {
    const { tty, written } = open()
    tty.write('a')
    tty.leave()
    tty.write('b')
    expect(written()).toBe('a')
  })

  it('changes the mouse while it runs, and undoes what is set then', () => {
    const { tty, modes } = open()
    tty.setMouse(false)
    tty.setMouse(false)
    tty.leave()
    const off = '\x1b[?1006l\x1b[?1002l\x1b[?1000l'
    expect(modes()).toBe(enterModes(all) + off + leaveModes({ ...all, mouse: false }))
  })
})

describe('the size', () => {
  it('is that of the terminal, or 80x24 where it says nothing', () => {
    expect(open().tty.size()).toEqual({ columns: 120, rows: 40 })
    expect(open({ columns: 0, rows: 0 }).tty.size()).toEqual({ columns: 80, rows: 24 })
    expect(open({ columns: Number.NaN, rows: 10 }).tty.size()).toEqual({ columns: 80, rows: 10 })
  })

  it('is told when it changes', () => {
    const { stdout, told } = open()
    stdout.columns = 90
    stdout.emit('resize')
    expect(told).toEqual(['resized to 90x40'])
  })
})

describe('keys', () => {
  it('are told as they come, Escape after 50 ms', async () => {
    const { type, pass, told } = open()
    await type('a\x1b')
    expect(told).toEqual(['a'])
    await pass(50)
    expect(told).toEqual(['a', 'escape'])
  })

  it('are whole when their rest comes in time', async () => {
    const { type, pass, told } = open()
    await type('\x1b')
    await type('[A')
    await pass(50)
    expect(told).toEqual(['up'])
  })

  it('are whole when their rest has come while the program was busy', async () => {
    const { stdin, type, pass, told } = open()
    await type('\x1b')
    // What was in the pipe is read after the timer, which is due.
    const passed = pass(50)
    stdin.write('[')
    await passed
    await type('A')
    expect(told).toEqual(['up'])
  })

  it('of a sequence that never ends are given up after half a second', async () => {
    const { type, pass, told } = open()
    await type('\x1b[1;')
    for (let silence = 0; silence < 10; silence++) await pass(50)
    await type('a')
    expect(told).toEqual(['a'])
  })

  it('are for nobody during an orderly end', async () => {
    const { tty, type, pass, told, isRaw, modes } = open()
    const closed = tty.close()
    expect(modes()).toBe(enterModes(all) + leaveModes(all))
    await type('a')
    process.emit('SIGCONT', 'SIGCONT')
    expect(isRaw).toEqual([true])
    await pass(50)
    await closed
    expect(isRaw).toEqual([true, false])
    expect(told).toEqual([])
    expect(modes()).toBe(enterModes(all) + leaveModes(all))
  })
})

describe('going outside', () => {
  it('gives screen and keyboard away until it is done, also when that fails', async () => {
    const { tty, stdin, type, told, isRaw, modes } = open()
    const failing = tty.outside(async () => {
      expect(modes()).toBe(enterModes(all) + leaveModes(all))
      expect(stdin.isPaused()).toBe(true)
      await turn()
      throw new Error('no editor')
    })
    await expect(failing).rejects.toThrow('no editor')
    expect(modes()).toBe(enterModes(all) + leaveModes(all) + enterModes(all))
    expect(isRaw).toEqual([true, false, true])
    await type('a')
    expect(told).toEqual(['resumed', 'a'])
  })

  it('forgets what was half typed before', async () => {
    const { tty, type, told } = open()
    await type('\x1b[')
    await tty.outside(() => Promise.resolve())
    await type('a')
    expect(told).toEqual(['resumed', 'a'])
  })

  it('gives back what it was given', async () => {
    expect(await open().tty.outside(() => Promise.resolve(7))).toBe(7)
  })

  it('does not take the screen when the program is continued meanwhile', async () => {
    const { tty, told, modes } = open()
    await tty.outside(async () => {
      process.emit('SIGCONT', 'SIGCONT')
      await turn()
      expect(modes()).toBe(enterModes(all) + leaveModes(all))
    })
    expect(told).toEqual(['resumed'])
  })

  it('does not come back when the terminal was left meanwhile', async () => {
    const { tty, told, modes } = open()
    await tty.outside(async () => tty.leave())
    expect(modes()).toBe(enterModes(all) + leaveModes(all))
    expect(told).toEqual([])
  })
})

describe('going on after a stop', () => {
  it('sets the modes anew and has everything painted', () => {
    const { told, isRaw, modes } = open()
    process.emit('SIGCONT', 'SIGCONT')
    expect(modes()).toBe(enterModes(all) + leaveModes(all) + enterModes(all))
    expect(isRaw).toEqual([true, false, true])
    expect(told).toEqual(['resumed'])
  })
})

describe('a terminal that is gone', () => {
  it('is told once, by the keyboard or the screen', async () => {
    const failed = open()
    failed.stdin.emit('error', new Error('EIO'))
    failed.stdout.emit('error', new Error('EPIPE'))
    expect(failed.told).toEqual(['gone'])

    const ended = open()
    ended.stdin.end()
    await turn()
    expect(ended.told).toEqual(['gone'])
  })

  it('is no error for what is still written to it', () => {
    const { tty, stdin, stdout, told } = open()
    stdout.fd = 9_999
    tty.leave()
    stdin.emit('error', new Error('EIO'))
    stdout.emit('error', new Error('EIO'))
    expect(told).toEqual([])
  })
})
