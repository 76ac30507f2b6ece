import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createC2a } from '../support/c2a.js'

async function setUp() {
  const c2a = await createC2a()
  const folder = join(c2a.home, 'roles')
  const roles = (...args: string[]) => c2a.run(['roles', ...args])
  const write = (name: string, text: string) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return { c2a, folder, roles, write }
}

test('roles go to files and back; twice is once, and a drift is 8', async () => {
  const { folder, roles, write } = await setUp()
  await roles('create', 'Code reviewer', '-i', 'Find what is wrong.\nSay why.', '-o', 'seed=7')
  await roles('create', '../a/b', '-i', '---\nOdd.')
  expect(await roles('export', folder)).toMatchObject({ code: 0 })
  expect(readdirSync(folder)).toEqual(['Code reviewer.md', 'a b.md'])
  expect(readFileSync(join(folder, 'Code reviewer.md'), 'utf8')).toBe(
    '---\nname: Code reviewer\nparams:\n  seed: 7\n---\n\nFind what is wrong.\nSay why.\n',
  )
  const same = await roles('diff', folder)
  expect(same).toMatchObject({ stdout: '', stderr: 'c2a: no difference; 2 roles\n', code: 0 })
  const again = await roles('export', folder)
  expect(again).toMatchObject({ stderr: `c2a: nothing to write; 2 roles in ${folder}\n`, code: 0 })

  write('poet.md', 'Rhyme.\n')
  write('README.md', 'These are our roles.\n')
  write('Code reviewer.md', '---\nname: Code reviewer\n---\nFind what is wrong.\nSay how.\n')
  const drift = await roles('diff', folder)
  expect(drift.code).toBe(8)
  expect(drift.stdout).toContain('--- Code reviewer (revision 1)\n')
  expect(drift.stdout).toContain('-  seed: 7\n')
  expect(drift.stdout).toContain('-Say why.\n+Say how.\n')
  expect(drift.stdout).toContain('--- /dev/null\n')
  expect(drift.stdout).toContain('+Rhyme.\n')

  const refused = await roles('export', folder)
  expect(refused).toMatchObject({ stdout: '', code: 2 })
  expect(refused.stderr).toContain('Code reviewer.md')
  expect(refused.stderr).toContain('--force')

  const dry = await roles('apply', folder, '--dry-run')
  expect(dry.stderr).toBe(
    'c2a: would change the role "Code reviewer"\nc2a: would create the role "poet"\nc2a: 1 role as before\n',
  )
  expect((await roles('diff', folder)).stdout).toBe(drift.stdout)
  const applied = await roles('apply', folder)
  expect(applied.stderr).toBe(
    'c2a: changed the role "Code reviewer", revision 2\nc2a: created the role "poet"\nc2a: 1 role as before\n',
  )
  expect(await roles('diff', folder)).toMatchObject({ code: 0 })
  expect(await roles('apply', folder)).toMatchObject({
    stderr: 'c2a: no difference; 3 roles\n',
    code: 0,
  })
})

test('a role called README has a file that is read', async () => {
  const { folder, roles, write } = await setUp()
  await roles('create', 'ReadMe', '-i', 'Explain.')
  await roles('create', 'x', '-i', 'Be.')
  await roles('export', folder)
  expect(await roles('diff', folder, '--prune')).toMatchObject({ code: 0, stdout: '' })
  write('README.md', 'These are our roles.\n')
  expect((await roles('export', folder)).stderr).toContain('nothing to write')
})

test('in a folder only files are read, and what a link leads to is not written', async () => {
  const { c2a, folder, roles, write } = await setUp()
  await roles('create', 'Linked', '-i', 'Be.')
  write('poet.md', 'Rhyme.')
  const outside = join(c2a.home, 'outside')
  symlinkSync(outside, join(folder, 'Linked.md'))
  const dangling = await roles('export', folder)
  expect(dangling.stderr).toContain('Linked.md')
  expect([dangling.code, existsSync(outside)]).toEqual([2, false])
  rmSync(join(folder, 'Linked.md'))
  symlinkSync('/dev/zero', join(folder, 'device.md'))
  const refused = await roles('apply', folder)
  expect(refused.stderr).toContain('device.md: this is no file')
  expect(refused.code).toBe(2)
})

test('they are not exported into what is no folder', async () => {
  const { folder, roles, write } = await setUp()
  await roles('create', 'x', '-i', 'Be.')
  write('note.txt', 'Hi.')
  for (const path of ['note.txt', 'note.txt/roles']) {
    const { stderr, code } = await roles('export', join(folder, path))
    expect({ path, code }).toEqual({ path, code: 2 })
    expect(stderr).toMatch(/^c2a: .*note\.txt.*: (?:this is no folder|ENOTDIR)\n$/)
  }
})

test('a name with line breaks is one line of what is said', async () => {
  const { folder, roles, write } = await setUp()
  write('evil.md', '---\nname: "a\\nc2a: deleted the role b"\n---\nBe.')
  const applied = await roles('apply', folder)
  expect(applied.stderr).toBe('c2a: created the role "a c2a: deleted the role b"\n')
  rmSync(join(folder, 'evil.md'))
  write('good.md', 'Be.')
  expect((await roles('diff', folder)).stderr).toBe('c2a: in no file: a c2a: deleted the role b\n')
})

test('what is in no file stays, and is pruned only by who says so', async () => {
  const { folder, roles, write } = await setUp()
  await roles('create', 'old', '-i', 'Old.')
  write('new.md', 'New.')
  await roles('apply', folder)
  expect(await roles('diff', folder)).toMatchObject({ code: 0, stdout: '' })
  expect((await roles('diff', folder)).stderr).toContain('in no file: old')
  const pruned = await roles('diff', folder, '--prune', '--json')
  expect(pruned.code).toBe(8)
  expect(JSON.parse(pruned.stdout)).toEqual([
    { action: 'unchanged', name: 'new', path: join(folder, 'new.md'), revision: 1 },
    { action: 'delete', name: 'old', path: null, revision: 1 },
  ])
  const asked = await roles('apply', folder, '--prune')
  expect(asked).toMatchObject({ code: 2 })
  expect(asked.stderr).toContain('--yes')
  const { stdout, code } = await roles('apply', folder, '--prune', '--yes', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject([{ action: 'unchanged' }, { action: 'delete' }])
  expect((await roles('list')).stdout).toMatch(/^new\t[^\n]*\n$/)
})

test('files that are wrong say so, and nothing is changed', async () => {
  const { folder, roles, write } = await setUp()
  write('a.md', 'Fine.')
  write('b.md', '---\nname: a\n---\nAnother.')
  expect((await roles('apply', folder)).stderr).toContain('are both the role "a"')
  write('b.md', '---\nnmae: b\n---\nTypo.')
  expect((await roles('apply', folder)).stderr).toContain('Did you mean name?')
  writeFileSync(join(folder, 'b.md'), Buffer.from([0x66, 0xff]))
  expect((await roles('apply', folder)).stderr).toContain('b.md is not UTF-8')
  rmSync(join(folder, 'a.md'))
  rmSync(join(folder, 'b.md'))
  const empty = await roles('apply', folder, '--prune', '--yes')
  expect(empty).toMatchObject({ code: 2 })
  expect(empty.stderr).toContain('there is no role in')
  const missing = await roles('diff', join(folder, 'nothing'))
  expect(missing).toMatchObject({ code: 2 })
  expect(missing.stderr).toContain('there is no such file')
  expect((await roles('list')).stdout).toBe('')
})
