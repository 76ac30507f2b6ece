import { expect, test } from 'vitest'
import { createFairQueue } from './fair-queue.js'

/** Work that ends when it is told to, and the order in which it began. */
function createWork(limit: number) {
  const queued = createFairQueue(limit)
  const began: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  return {
    began,
    start: (name: string) =>
      queued(name.charAt(0), () => {
        began.push(name)
        return new Promise<string>((resolve, reject) => {
          ends.set(name, (error) => (error ? reject(error) : resolve(name)))
        })
      }),
    end: (name: string, error?: Error) => ends.get(name)?.(error),
  }
}

test('so much of it runs at once, and the rest in its order', async () => {
  const { began, start, end } = createWork(2)
  const all = ['a1', 'b1', 'c1', 'd1'].map(start)
  await Promise.resolve()
  expect(began).toEqual(['a1', 'b1'])
  end('b1')
  await all[1]
  expect(began).toEqual(['a1', 'b1', 'c1'])
  end('a1')
  await all[0]
  expect(began).toEqual(['a1', 'b1', 'c1', 'd1'])
  end('c1')
  end('d1')
  expect(await Promise.all(all)).toEqual(['a1', 'b1', 'c1', 'd1'])
})

test('one person has one piece at a time, and holds up nobody else', async () => {
  const { began, start, end } = createWork(2)
  const all = ['a1', 'a2', 'a3', 'b1'].map(start)
  await Promise.resolve()
  expect(began).toEqual(['a1', 'b1'])
  end('a1')
  await all[0]
  expect(began).toEqual(['a1', 'b1', 'a2'])
  for (const name of ['a2', 'b1']) end(name)
  await Promise.all([all[1], all[3]])
  end('a3')
  expect(await all[2]).toBe('a3')
})

test('what fails makes room, too', async () => {
  const { start, end } = createWork(1)
  const [first, second] = ['a1', 'b1'].map(start)
  await Promise.resolve()
  end('a1', new Error('broken'))
  await expect(first).rejects.toThrow('broken')
  end('b1')
  expect(await second).toBe('b1')
})
