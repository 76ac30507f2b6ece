import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHistoryFile } from './history-file.js'

let directory: string
let path: string
let errors: unknown[]

const open = () => createHistoryFile(path, (error) => errors.push(error))

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'c2a-history-'))
  path = join(directory, 'home', 'history.jsonl')
  errors = []
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('the history file', () => {
  it('keeps entries for the next process, for its owner only', async () => {
    const file = open()
    expect(await file.load()).toEqual([])
    await file.append('one')
    await file.append('two\nlines "quoted" 中文 \u2028')
    expect(await open().load()).toEqual(['one', 'two\nlines "quoted" 中文 \u2028'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, 'home')).mode & 0o777).toBe(0o700)
    expect(errors).toEqual([])
  })

  it('takes back rights that others have on it', async () => {
    mkdirSync(join(directory, 'home'))
    writeFileSync(path, '"one"\n', { mode: 0o644 })
    await open().append('two')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('leaves out repeats, blanks and what is over 64 KiB', async () => {
    const file = open()
    await file.append('one')
    await file.append('one')
    await file.append(' \n')
    await file.append('é'.repeat(32 * 1024))
    await file.append('é'.repeat(32 * 1024 + 1))
    expect(await open().load()).toEqual(['one', 'é'.repeat(32 * 1024)])
    const next = open()
    await next.load()
    await next.append('é'.repeat(32 * 1024))
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3)
  })

  it('skips broken lines', async () => {
    mkdirSync(join(directory, 'home'))
    writeFileSync(path, '"one"\n"cut o\n\n42\n{"a":1}\n\xff\0\n"two"\n"three')
    expect(await open().load()).toEqual(['one', 'two'])
    expect(errors).toEqual([])
  })

  it('loses nothing when several write at once', async () => {
    const files = ['a', 'b', 'c'].map((name) => ({ name, file: open() }))
    await Promise.all(
      files.flatMap(({ name, file }) =>
        Array.from({ length: 40 }, (_, index) => file.append(`${name}${index}`)),
      ),
    )
    const entries = await open().load()
    expect(entries).toHaveLength(120)
    for (const { name } of files) {
      const own = entries.filter((entry) => entry.startsWith(name))
      expect(own).toEqual(Array.from({ length: 40 }, (_, index) => `${name}${index}`))
    }
  })

  describe('that has grown long', () => {
    beforeEach(() => {
      mkdirSync(join(directory, 'home'))
      const lines = Array.from({ length: 2_000 }, (_, index) => `"old ${index}"\n`)
      writeFileSync(path, lines.join(''))
    })

    it('gives the newest 1,000 entries', async () => {
      const entries = await open().load()
      expect(entries).toHaveLength(1_000)
      expect([entries[0], entries.at(-1)]).toEqual(['old 1000', 'old 1999'])
    })

    it('is cut to them by an append', async () => {
      const file = open()
      await file.load()
      await file.append('new')
      const lines = readFileSync(path, 'utf8').trim().split('\n')
      expect(lines).toHaveLength(1_000)
      expect(lines.at(-1)).toBe('"new"')
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(readdirSync(join(directory, 'home'))).toEqual(['history.jsonl'])
    })

    it('loses nothing of what others write while it is cut', async () => {
      const files = ['a', 'b', 'c', 'd'].map((name) => ({ name, file: open() }))
      await Promise.all(files.map(({ file }) => file.load()))
      await Promise.all(
        files.flatMap(({ name, file }) =>
          Array.from({ length: 50 }, (_, index) => file.append(`${name}${index}`)),
        ),
      )
      const entries = new Set(await open().load())
      for (const { name } of files) {
        for (let index = 0; index < 50; index += 1) expect(entries).toContain(`${name}${index}`)
      }
      expect(errors).toEqual([])
    })

    it('is left alone while another process cuts it, but not for ever', async () => {
      const draft = `${path}.compact`
      writeFileSync(draft, '')
      const file = open()
      await file.load()
      await file.append('new')
      expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2_001)
      utimesSync(draft, 0, 0)
      const later = open()
      await later.load()
      await later.append('newer')
      const last = open()
      await last.load()
      await last.append('newest')
      expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1_000)
    })
  })

  it('says what is wrong and goes on when it cannot be used', async () => {
    writeFileSync(join(directory, 'home'), 'a file')
    const file = open()
    expect(await file.load()).toEqual([])
    await file.append('one')
    expect(errors).toHaveLength(2)
    rmSync(join(directory, 'home'))
    await file.append('one')
    expect(await file.load()).toEqual(['one'])
  })
})
