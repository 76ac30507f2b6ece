import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ProblemBody } from '../shared/contract/common.js'
import { type ProblemCode, ProblemError, problems } from '../shared/contract/problem.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test('every file of routes/ that has routes is served', () => {
  const exported = readdirSync(here('routes'))
    .filter((name) => /^[\w-]+\.ts$/.test(name))
    .flatMap((name) => {
      const source = readFileSync(here(`routes/${name}`), 'utf8')
      return [...source.matchAll(/export const (\w+): Routes/g)].map(([, routes]) => routes)
    })
  const app = readFileSync(here('app.ts'), 'utf8')
  const list = /const routes: readonly Routes\[\] = \[([^\]]*)\]/.exec(app)?.[1] ?? ''
  expect(list.match(/\w+/g)?.sort()).toEqual(exported.sort())
  expect(exported.length).toBeGreaterThan(4)
})

test.each(Object.keys(problems) as ProblemCode[])(
  '%s has a sane status, exit code and shape',
  (code) => {
    const { status, title, exit } = problems[code]
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect([1, 2, 3, 4, 5, 6, 7, 9]).toContain(exit)
    expect(title).not.toMatch(/\.$/)
    expect(ProblemBody.parse(new ProblemError(code).toProblem('id'))).toMatchObject({
      code,
      status,
      error: title,
      request_id: 'id',
    })
  },
)

test('a code is found again in its type, and a hint is a whole sentence', () => {
  for (const [code, entry] of Object.entries(problems)) {
    expect(new ProblemError(code as ProblemCode).toProblem().type).toBe(`urn:c2a:${code}`)
    if ('hint' in entry) expect(entry.hint).toMatch(/^(?:[A-Z"]|c2a ).*[.\w)]$/)
  }
})
