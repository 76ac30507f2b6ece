import { expect, test } from 'vitest'
import { createTakers } from './takers.js'

/** Work that ends when the test says so. */
function gatedWork() {
  const ends = new Map<string, () => void>()
  const begun: string[] = []
  const work = (id: string): Promise<void> => {
    begun.push(id)
    return new Promise((resolve) => ends.set(id, resolve))
  }
  return { work, begun, end: (id: string) => ends.get(id)?.() }
}

test('a turn that takes for ever holds up none that come later, and is taken once', async () => {
  const { work, begun, end } = gatedWork()
  const takers = createTakers()
  void takers.run(['stuck'], work)
  const second = takers.run(['stuck', 'next'], work)
  expect(begun).toEqual(['stuck', 'next'])
  end('next')
  await second
  const third = takers.run(['next'], work)
  expect(begun).toEqual(['stuck', 'next', 'next'])
  end('next')
  await third
})

test('of many, a few are in work at a time', async () => {
  const { work, begun, end } = gatedWork()
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const all = createTakers().run(ids, work)
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
  for (const id of ids) {
    await expect.poll(() => begun).toContain(id)
    end(id)
  }
  await all
  expect(begun).toEqual(ids)
})
