import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { quantile } from '../support/quantile.js'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome({ models: ['ok', 'echo', 'gate'] })
const size = { columns: 120, rows: 40 }

/** Two chats side by side, in the same session. */
async function openTwo(model = 'ok'): Promise<{ id: string; both: readonly [Tui, Tui] }> {
  const { id } = await home.client.createSession({ title: 'Shared', model })
  const open = () => openTui(home, ['-s', id], size)
  return { id, both: [await open(), await open()] }
}

const shows = (both: readonly Tui[], ...texts: string[]) =>
  Promise.all(both.map((tui) => tui.shows(...texts)))

const hides = (both: readonly Tui[], text: string) =>
  Promise.all(both.map((tui) => tui.hides(text)))

/** The same on both screens, to the cursor; how long an answer took knows who saw it from its start. */
const areEqual = (both: readonly [Tui, Tui]): Promise<void> =>
  eventually(() => {
    const [one, other] = both.map((tui) => tui.masked().replaceAll('#.#s ·', '      '))
    expect(one).toBe(other)
  })

/** Runs steps and gives the median of how long each took, ms: a busy machine may have a hiccup. */
async function medianOf(steps: readonly (() => Promise<unknown>)[]): Promise<number> {
  const took: number[] = []
  for (const step of steps) {
    const begun = performance.now()
    await step()
    took.push(performance.now() - begun)
  }
  return quantile(took, 0.5)
}

describe('two chats side by side', () => {
  test('stay equal, whatever is changed elsewhere, in less than a second', async () => {
    const { client } = home
    const { id, both } = await openTwo()
    const made = await client.createSession({ title: 'Made by a script' })
    await shows(both, 'Made by a script')
    const { id: role } = await client.createRole({ name: 'Poet', instructions: 'Rhyme.' })
    const median = await medianOf([
      async () => {
        await client.patchSession(made.id, { title: 'Renamed by a script' })
        await shows(both, 'Renamed by a script')
      },
      async () => {
        await client.patchSession(id, { title: 'Still shared' })
        await Promise.all(both.map((tui) => tui.until((text) => /^ c2a │ Still shared/.test(text))))
      },
      async () => {
        await client.patchSession(id, { role_id: role })
        await shows(both, 'role: Poet')
      },
      async () => {
        await client.putRole(role, { name: 'Bard' })
        await shows(both, 'role: Bard')
      },
      async () => {
        await client.deleteRole(role)
        await hides(both, 'role: Bard')
      },
      async () => {
        await client.deleteSession(made.id)
        await hides(both, 'Renamed by a script')
      },
    ])
    expect(median).toBeLessThan(1_000)
    await areEqual(both)
  })

  test('show the same answer word by word, whoever asked', async () => {
    const { id, both } = await openTwo('gate+together')
    for (const [index, asker] of both.entries()) {
      asker.type(`question ${index}\r`)
      const call = await home.upstream.waitFor('gate+together', index + 1)
      await shows(both, `question ${index}`, 'esc stop')
      const median = await medianOf(
        [1, 2, 3].map((n) => async () => {
          call.release(`word-${index}-${n} `)
          await shows(both, `word-${index}-${n}`)
        }),
      )
      expect(median).toBeLessThan(1_000)
      call.finish()
      await shows(both, 'F1 help')
    }
    expect(await home.client.listMessages(id)).toHaveLength(4)
    await areEqual(both)
    for (const tui of both) expect(tui.screen().split('question 0')).toHaveLength(2)
  })

  test('show what a script asked, though its answer was there at once', async () => {
    const { id, both } = await openTwo()
    await home.c2a.run(['ask', '-s', id, '-m', 'echo', 'from a script'])
    await shows(both, 'You said: from a script', 'F1 help')
    await areEqual(both)
  })

  test('leave a session that a script deletes for the same other one, and keep the draft', async () => {
    const next = await home.client.createSession({ title: 'The next one', model: 'ok' })
    const { id, both } = await openTwo()
    both[1].type('half a thought')
    await both[1].until(() => both[1].draft() === 'half a thought')
    await home.client.deleteSession(id)
    await shows(both, 'The session "Shared" was deleted elsewhere.')
    await Promise.all(both.map((tui) => tui.until((text) => /^ c2a │ The next one/.test(text))))
    expect(both[1].draft()).toBe('half a thought')
    expect(await home.client.listSessions()).toMatchObject([{ id: next.id }])
  })

  test('end up in the same new session when one of them deletes the last', async () => {
    const { both } = await openTwo()
    const [one, other] = both
    one.type(keys.ctrl('s'))
    await one.shows('▌SESSIONS')
    one.type('d')
    await one.shows('Delete this session?')
    one.type('y')
    await Promise.all(both.map((tui) => tui.until((text) => /^ c2a │ New Chat/.test(text))))
    await other.shows('was deleted elsewhere')
    expect(one.screen()).not.toContain('was deleted elsewhere')
    await shows(both, 'SESSIONS (1)')
    expect(await home.client.listSessions()).toHaveLength(1)
  })

  test('are equal again after their daemon was killed', async () => {
    const { both } = await openTwo()
    await home.c2a.stopDaemon('SIGKILL')
    // Nobody touches a key: they bring it back by themselves.
    await eventually(() => home.client.createSession({ title: 'After the fall' }))
    await shows(both, 'After the fall', '● local')
    await areEqual(both)
  })
})
