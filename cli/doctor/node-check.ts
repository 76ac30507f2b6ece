import { type Finding, fail, ok } from './check.js'

/** Node against `engines` of package.json, and what c2a itself is. */
export function nodeFinding(
  node: string,
  engines: string,
  own: { version: string; build: string },
): Finding {
  const c2a = `c2a ${own.version} (build ${own.build})`
  if (satisfies(node, engines)) return ok(`${node}; ${c2a}`)
  return fail(
    `${node} is not supported; ${c2a} needs ${engines}`,
    'Install Node 20.19, 22.12 or later of these, or 24: https://nodejs.org',
  )
}

/** Of npm's ranges what package.json has: `^1.2.3` and `>=1.2.3`, any of them. */
function satisfies(version: string, range: string): boolean {
  const own = numbersOf(version)
  return range.split('||').some((part) => {
    const least = numbersOf(part)
    const sameMajor = !part.includes('^') || own[0] === least[0]
    return sameMajor && compare(own, least) >= 0
  })
}

function numbersOf(text: string): readonly number[] {
  return (/\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = [0, 1, 2].find((index) => a[index] !== b[index]) ?? 0
  return (a[at] ?? 0) - (b[at] ?? 0)
}
