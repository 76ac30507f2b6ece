import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a } from '../support/c2a.js'
import { serve } from '../support/serve.js'
import { openTerminal } from '../support/terminal.js'

async function talked(): Promise<C2a> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['roles', 'create', 'Pirate', '-i', 'Arr.'])
  for (const words of ['First words', 'Second words']) {
    expect(await c2a.run(['ask', '-m', 'ok', words])).toMatchObject({ code: 0 })
  }
  return c2a
}

const titles = async (c2a: C2a): Promise<string[]> =>
  JSON.parse((await c2a.run(['sessions', 'list', '--json'])).stdout).map(
    ({ title }: { title: string }) => title,
  )

test('a backup goes by a file, compressed or not, or a pipe to another instance', async () => {
  const from = await talked()
  const path = join(from.home, 'all.jsonl')
  const exported = await from.run(['export', path])
  expect(exported).toMatchObject({ code: 0, stdout: '' })
  expect(exported.stderr).toMatch(
    /^c2a: exported 2 sessions, 4 messages, 1 role to .*all\.jsonl \([\d.]+ kB\)\n$/,
  )
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const zipped = `${path}.gz`
  expect(await from.run(['export', '--all', zipped])).toMatchObject({ code: 0 })
  expect(gunzipSync(readFileSync(zipped)).toString()).toContain('First words')
  const piped = await from.run(['export', '-s', (await ids(from))[0]?.slice(0, 8) ?? ''])
  expect(piped.stdout).toContain('Second words')
  expect(piped.stdout).not.toContain('First words')
  expect(readdirSync(from.home).filter((name) => name.endsWith('.part'))).toEqual([])

  const to = await createC2a()
  const one = await to.run(['import', '-'], { stdin: piped.stdout })
  expect(one.stderr).toContain('c2a: imported 1 session (1 new), 2 messages (2 new)\n')
  const all = await to.run(['import', zipped])
  expect(all).toMatchObject({
    code: 0,
    stderr:
      'c2a: imported 2 sessions (1 new, 1 here already), 4 messages (2 new, 2 here already), 1 role (1 new)\n',
  })
  expect(await titles(to)).toEqual(['Second words', 'First words'])
  const again = await to.run(['import', path, '--json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ sessions: { added: 0, updated: 0, kept: 2 } })
})

const ids = async (c2a: C2a): Promise<string[]> =>
  JSON.parse((await c2a.run(['sessions', 'list', '--json'])).stdout).map(
    ({ id }: { id: string }) => id,
  )

test('what is wrong with a file has its exit code and a sentence', async () => {
  const c2a = await talked()
  const path = join(c2a.home, 'f.jsonl')
  await c2a.run(['export', path])
  const whole = readFileSync(path)
  const cut = join(c2a.home, 'cut.jsonl')
  writeFileSync(cut, whole.subarray(0, whole.length - 30))
  const large = join(c2a.home, 'large.jsonl')
  writeFileSync(large, `no export\n${'x'.repeat(30_000_000)}`)
  const cases: [string[], number, RegExp][] = [
    [['import', cut], 2, /breaks off here/],
    [['import', large], 2, /not an export of c2a/],
    [['import', join(c2a.home, 'none')], 5, /no file/],
    [['import', c2a.home], 2, /is a directory/],
    [['import', '-'], 2, /not an export|its last line is missing/],
    [['export', join(c2a.home, 'none', 'f')], 2, /cannot be written \(ENOENT\)/],
    [['export', '-s', 'ffffffff'], 5, /no session/],
    [['export', '--all', '-s', 'ffffffff'], 2, /either --session or --all/],
  ]
  for (const [args, code, said] of cases) {
    const run = await c2a.run(args, args.includes('-') ? { stdin: '' } : {})
    expect(run, args.join(' ')).toMatchObject({ code, stdout: '' })
    expect(run.stderr, args.join(' ')).toMatch(said)
  }
})

test('an export that breaks off or was changed leaves the file of before', async () => {
  const c2a = await createC2a()
  const path = join(c2a.home, 'f.jsonl')
  writeFileSync(path, 'the last good one')
  const end = '{"type":"end","roles":0,"sessions":0,"messages":0,"sha256":"00"}\n'
  for (const [body, code, said] of [
    ['{"format":"c2a-export"}\n', 3, /broke off/],
    [`{"format":"c2a-export"}\n${end}`, 1, /does not match its own hash/],
    [undefined, 3, /broke off/],
  ] as const) {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      if (body !== undefined) response.end(body)
      else response.write('{"format":', () => response.destroy())
    })
    const env = { C2A_URL: url, C2A_TOKEN: 't' }
    const run = await c2a.run(['export', path], { env })
    expect(run.stderr).toMatch(said)
    expect(run.code).toBe(code)
    expect(readFileSync(path, 'utf8')).toBe('the last good one')
    expect(existsSync(`${path}.part`)).toBe(false)
  }
})

test('an export is not written through what somebody has put in its way', async () => {
  const c2a = await talked()
  const [path, theirs] = [join(c2a.home, 'all.jsonl'), join(c2a.home, 'theirs')]
  writeFileSync(theirs, 'as it was')
  symlinkSync(theirs, `${path}.part`)
  expect(await c2a.run(['export', path])).toMatchObject({ code: 0 })
  expect(readFileSync(theirs, 'utf8')).toBe('as it was')
  expect(lstatSync(path).isFile()).toBe(true)
  // One that is left over and open to all would stay as open.
  writeFileSync(`${path}.part`, '', { mode: 0o666 })
  chmodSync(`${path}.part`, 0o666)
  expect(await c2a.run(['export', path])).toMatchObject({ code: 0 })
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a session is a markdown document', async () => {
  const c2a = await talked()
  const [id] = await ids(c2a)
  const { stdout, code } = await c2a.run(['sessions', 'export', id?.slice(0, 8) ?? ''])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^# Second words\n\n\d{4}-\d\d-\d\d · ok\n\n## You\n\nSecond words\n\n## ok\n\n/,
  )
})

test('a terminal gets no export and no hostile text, but progress that leaves no trace', async () => {
  const c2a = await talked()
  const refused = openTerminal(c2a, ['export'])
  expect(await refused.exit).toBe(2)
  expect(refused.screen()).toContain('c2a: an export is not for a terminal')

  const path = join(c2a.home, 'f')
  const exported = openTerminal(c2a, ['export', path], { columns: 160 })
  expect(await exported.exit).toBe(0)
  expect(exported.raw()).toMatch(/\r\x1b\[Kc2a: \d+ messages?, /)
  expect(exported.screen()).toMatch(/^c2a: exported 2 sessions.*$/)
  const imported = openTerminal(c2a, ['import', path], { columns: 160 })
  expect(await imported.exit).toBe(0)
  expect(imported.raw()).toContain('sent, 100 %')
  expect(imported.screen()).toMatch(/^c2a: imported 2 sessions.*$/)

  await c2a.run(['ask', '-m', 'ok', 'a\u001b]0;owned\u0007b'])
  const [id] = await ids(c2a)
  const shown = openTerminal(c2a, ['sessions', 'export', id ?? ''])
  expect(await shown.exit).toBe(0)
  expect(shown.screen()).toContain('a␛]0;owned␇b')
  expect(shown.title()).toBe('')
})
