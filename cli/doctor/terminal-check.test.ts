import { expect, test } from 'vitest'
import { terminalFinding } from './terminal-check.js'

const usual = {
  env: { TERM: 'xterm-256color', LANG: 'de_DE.UTF-8' },
  ...{ isTTY: true, columns: 80, rows: 24, traits: undefined },
}

test.each<[object, string]>([
  [{ TERM: 'xterm' }, '16 colours'],
  [{ TERM: 'xterm-256color' }, '256 colours'],
  [{ TERM: 'xterm', COLORTERM: 'truecolor' }, 'true colour'],
  [{ TERM: 'xterm', NO_COLOR: '1' }, 'no colours (NO_COLOR)'],
  [{ TERM: 'tmux-256color', TMUX: '/tmp/t,1,0', SSH_TTY: '/dev/pts/1' }, 'in tmux, over ssh'],
  [{ TERM: 'screen', STY: '1.pts' }, 'in screen'],
  // Containers have none, and terminals are UTF-8.
  [{ TERM: 'xterm', LANG: 'C' }, '80x24'],
])('a terminal with %j is well', (env, detail) => {
  const found = terminalFinding({ ...usual, env: { ...env } })
  expect(found).toMatchObject({ status: 'ok', detail: expect.stringContaining(detail) })
})

test.each<[string, Partial<typeof usual>, RegExp, RegExp]>([
  ['39 columns', { columns: 39 }, /39x24 is too small/, /40x10/],
  ['9 rows', { rows: 9 }, /80x9 is too small/, /--plain/],
  ['a dumb one', { env: { TERM: 'dumb', LANG: '' } }, /dumb/, /TERM=xterm-256color/],
  [
    'Latin-1',
    { env: { TERM: 'xterm', LANG: 'de_DE.ISO-8859-1' } },
    /not UTF-8 \(LANG=de_DE.ISO-8859-1\)/,
    /^export LANG=C.UTF-8$/,
  ],
])('a warning for %s', (_, different, detail, fix) => {
  const found = terminalFinding({ ...usual, ...different })
  expect(found.status).toBe('warn')
  expect(found.detail).toMatch(detail)
  expect(found.fix).toMatch(fix)
})

test('what the terminal said of itself is told; a pipe is judged by nothing', () => {
  const traits = { keyboard: true, synchronised: true }
  expect(terminalFinding({ ...usual, traits }).detail).toContain(
    'synchronised output, kitty keyboard',
  )
  const pipe = { ...usual, isTTY: false, columns: 0, rows: 0, env: { TERM: 'dumb' } }
  expect(terminalFinding(pipe).status).toBe('ok')
})
