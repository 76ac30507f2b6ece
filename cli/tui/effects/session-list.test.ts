import { expect, test } from 'vitest'
import type { Session } from '../../../shared/contract/session.js'
import { sessionOf } from '../slash/test-support.js'
import type { Deps } from './deps.js'
import { createSessionList } from './session-list.js'

/** A list whose answers come when the test says so. */
function listUnderTest() {
  const answers: { give(sessions: Session[]): void; refuse(): void }[] = []
  const shown: string[][] = []
  const untilDone = () =>
    new Promise<Session[]>((resolve, reject) => {
      answers.push({ give: resolve, refuse: () => reject(new Error('no')) })
    })
  const dispatch = ({ sessions }: { sessions: Session[] }) =>
    shown.push(sessions.map(({ id }) => id))
  const deps = { link: { untilDone }, store: { dispatch } } as unknown as Deps
  return { list: createSessionList(deps), answers, shown }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))
const named = (...ids: string[]) => ids.map((id) => sessionOf({ id }))

test('one request at a time, and one more for those who asked meanwhile', async () => {
  const { list, answers, shown } = listUnderTest()
  const all = [list.refresh(), list.refresh(), list.refresh()]
  expect(answers).toHaveLength(1)
  answers[0]?.give(named('old'))
  await settle()
  expect(answers).toHaveLength(2)
  answers[1]?.give(named('new'))
  await Promise.all(all)
  expect(shown).toEqual([['new']])
})

test('a list from before a change is not shown', async () => {
  const { list, answers, shown } = listUnderTest()
  const done = list.refresh()
  list.changed()
  answers[0]?.give(named('deleted'))
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
  answers[1]?.give(named('a'))
  await again
  expect(shown).toEqual([['a']])
})
