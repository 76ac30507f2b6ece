import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

interface Metafile {
  outputs: Record<
    string,
    { entryPoint?: string; inputs: Record<string, unknown>; imports: { path: string }[] }
  >
}

const meta = fileURLToPath(new URL('../../dist/meta/', import.meta.url))

/** What ended up in dist/NAME.cjs: sources of ours and names of packages. */
function contents(name: string): string[] {
  const metafile: Metafile = JSON.parse(readFileSync(`${meta}${name}.json`, 'utf8'))
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)
  return Object.keys(output?.inputs ?? {}).map(
    (input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? input,
  )
}

const heavy = [
  'ink',
  'react',
  'zod',
  'hono',
  '@hono/zod-openapi',
  '@hono/node-server',
  'pg',
  'undici',
  'pino',
  'marked',
  'marked-terminal',
  'cli-highlight',
  'highlight.js',
]

test('ask in a pipe loads commander and a client, and nothing heavy', () => {
  const files = [...contents('c2a'), ...contents('ask-program')]
  expect(files).toContain('cli/commands/ask.ts')
  expect(files).toContain('commander')
  expect(files.filter((file) => heavy.includes(file))).toEqual([])
})

test('the chat a line at a time brings no screen, and no chat brings the parser of options', () => {
  const line = contents('line-chat')
  expect(
    line.filter((file) => ['ink', 'react', 'yoga-layout', 'commander'].includes(file)),
  ).toEqual([])
  const screen = [...contents('bare-chat'), ...contents('tui')]
  expect(screen).toEqual(expect.arrayContaining(['ink', 'react', 'marked']))
  // Of Ink only what draws: its application would bring a web socket server and all of TLS.
  const needless = ['commander', 'ws', 'react-devtools-core', 'highlight.js', 'signal-exit']
  expect(screen.filter((file) => needless.includes(file))).toEqual([])
})

test('the doctor is a file of its own, and looks at the terminal without a screen', () => {
  expect(contents('program').filter((file) => file.startsWith('cli/doctor/'))).toEqual([])
  const doctor = contents('examine')
  expect(doctor).toContain('cli/doctor/run-checks.ts')
  expect(doctor.filter((file) => heavy.includes(file))).toEqual([])
})

test('the stack is a file of its own: no other command loads it', () => {
  const others = ['c2a', 'ask-program', 'program', 'bare-chat', 'tui', 'line-chat']
  const found = others.flatMap(contents).filter((file) => file.startsWith('cli/stack/'))
  expect(found).toEqual([])
  expect(contents('stack')).toContain('cli/stack/stack.ts')
})

test('no file of the command line holds anything of the daemon', () => {
  const names = readdirSync(meta).map((file) => file.replace('.json', ''))
  expect(names).toEqual(expect.arrayContaining(['c2a', 'ask-program', 'program', 'line-chat']))
  for (const name of names.filter((one) => one !== 'daemon')) {
    expect(contents(name).filter((file) => file.startsWith('daemon/'))).toEqual([])
  }
})

test('the daemon holds nothing of the command line, and is one file', () => {
  const files = contents('daemon')
  expect(files).toContain('hono')
  expect(files.filter((file) => file.startsWith('cli/'))).toEqual([])
})

test('the daemon holds no crash point', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const names = [...read('daemon/crash-point.ts').matchAll(/\| '([a-z-]+)'/g)].map(
    ([, name]) => name,
  )
  expect(names).toHaveLength(17)
  const daemon = read('dist/daemon.cjs')
  expect(['crashPoint', ...names].filter((name) => daemon.includes(String(name)))).toEqual([])
})

test('shared/ imports neither side', () => {
  const { inputs }: { inputs: Record<string, { imports: { path: string }[] }> } = JSON.parse(
    readFileSync(`${meta}daemon.json`, 'utf8'),
  )
  const upwards = Object.entries(inputs)
    .filter(([file]) => file.startsWith('shared/'))
    .flatMap(([, { imports }]) => imports.map(({ path: imported }) => imported))
    .filter((imported) => /^(cli|daemon)\//.test(imported))
  expect(upwards).toEqual([])
})
