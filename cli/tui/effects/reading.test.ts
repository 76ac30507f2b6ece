import { expect, test } from 'vitest'
import { createReading } from './reading.js'

/** A list whose answers come when the test says so. */
function listUnderTest() {
  const answers: { give(names: string[]): void; refuse(): void }[] = []
  const shown: string[][] = []
  const list = createReading(
    () =>
      new Promise<string[]>((resolve, reject) => {
        answers.push({ give: resolve, refuse: () => reject(new Error('no')) })
      }),
    (names) => {
      shown.push(names)
    },
  )
  return { list, answers, shown }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('one request at a time, and one more for those who asked meanwhile', async () => {
  const { list, answers, shown } = listUnderTest()
  const all = [list.refresh(), list.refresh(), list.refresh()]
  expect(answers).toHaveLength(1)
  answers[0]?.give(['old'])
  await settle()
  expect(answers).toHaveLength(2)
  answers[1]?.give(['new'])
  await Promise.all(all)
  expect(shown).toEqual([['new']])
})

test('a list from before a change is not shown', async () => {
  const { list, answers, shown } = listUnderTest()
  const done = list.refresh()
  list.changed()
  answers[0]?.give(['deleted'])
  await settle()
  answers[1]?.give([])
  await done
  expect(shown).toEqual([[]])
})

test('a refusal is told to all that wait, and the next one asks again', async () => {
  const { list, answers, shown } = listUnderTest()
  const done = Promise.allSettled([list.refresh(), list.refresh()])
  answers[0]?.refuse()
  expect((await done).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const again = list.refresh()
  answers[1]?.give(['a'])
  await again
  expect(shown).toEqual([['a']])
})
