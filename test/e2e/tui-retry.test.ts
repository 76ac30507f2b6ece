import { describe, expect, test } from 'vitest'
import { answer, finish, gate, reset, role, usage } from '../fakes/upstream/steps.js'
import { openTerminal } from '../support/terminal.js'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome({
  scripts: {
    /** `First answer.`, and then what a test lets go. */
    again: {
      steps: ({ earlier }) =>
        earlier === 0 ? answer('First answer.') : [role(), gate, finish(), usage(9, 3)],
    },
    plans: { steps: ({ earlier }) => answer(`Plan ${earlier + 1}.`) },
    carries: { steps: ({ earlier }) => answer(`Carried out ${earlier + 1}.`) },
    /** `First answer.`, and then nothing but a broken line. */
    once: { steps: ({ earlier }) => (earlier === 0 ? answer('First answer.') : [reset]) },
  },
})

async function openAnswered(model: string): Promise<Tui> {
  const tui = await openTui(home, ['-n', '-m', model])
  tui.type('Why?\r')
  await tui.shows('First answer.', 'F1 help')
  return tui
}

/** Texts of the latest session, with how many older ones each stands for. */
async function kept(): Promise<(readonly [text: string, variants: number | undefined])[]> {
  const [session] = await home.client.listSessions(1)
  const messages = await home.client.listMessages(session?.id ?? '')
  return messages.map(({ content, variants }) => [content, variants] as const)
}

describe('r in the transcript', () => {
  test('streams a new answer where the old one stood, which is kept', async () => {
    const tui = await openAnswered('again+r')
    tui.type(`${keys.tab}r`)
    const call = await home.upstream.waitFor('again+r', 2)
    call.release('Second ')
    await tui.shows('2nd answer · answering', 'Second', 'esc stop')
    expect(tui.screen()).not.toContain('First answer.')
    call.release('answer.')
    call.finish()
    await tui.shows('Second answer.', '2nd answer · ', 'F1 help')
    await tui.hides('esc stop')
    expect(tui.screen().split('▸ You')).toHaveLength(2)
    expect(await kept()).toEqual([
      ['Why?', undefined],
      ['Second answer.', 1],
    ])
    // As it is read back by the next one.
    tui.type(keys.ctrl('d'))
    expect(await tui.exit).toBe(0)
    const next = await openTui(home)
    await next.shows('Second answer.', '2nd answer')
    expect(next.screen()).not.toContain('First answer.')
  })

  test('and v shows the older answers one by one, and the newest again', async () => {
    const tui = await openAnswered('again+v')
    for (const [times, text] of [
      [2, 'Second.'],
      [3, 'Third.'],
    ] as const) {
      tui.type(`${keys.tab}r`)
      const call = await home.upstream.waitFor('again+v', times)
      call.release(text)
      call.finish()
      await tui.shows(text, `${times === 2 ? '2nd' : '3rd'} answer · `, 'F1 help')
    }
    tui.type(`${keys.tab}v`)
    await tui.shows('Second.', 'older answer 2/3')
    expect(tui.screen()).not.toContain('Third.')
    tui.type('v')
    await tui.shows('First answer.', 'older answer 1/3')
    tui.type('v')
    await tui.shows('Third.', '3rd answer')
    expect(tui.screen()).not.toContain('older answer')
    // What is shown is only looked at: a retry takes the place of the newest.
    tui.type('v')
    await tui.shows('older answer 2/3')
    tui.type('r')
    const call = await home.upstream.waitFor('again+v', 4)
    call.release('Fourth.')
    call.finish()
    await tui.shows('Fourth.', '4th answer · ', 'F1 help')
    expect((await kept()).at(-1)).toEqual(['Fourth.', 3])
  })

  test('v shows an older plan with its own answer only', async () => {
    const tui = await openAnswered('again+plans')
    tui.type('/model:plan-mode plans carries\r')
    await tui.shows('Plan mode')
    for (const n of [1, 2]) {
      tui.type(`${keys.tab}r`)
      await tui.shows(`Plan ${n}.`, `Carried out ${n}.`, 'F1 help')
    }
    tui.type(`${keys.tab}v`)
    await tui.shows('Plan 1.', 'Carried out 1.', 'older answer 2/3')
    tui.type('v')
    await tui.shows('First answer.', 'older answer 1/3')
    expect(tui.screen()).not.toContain('Plan 1.')
    expect(tui.screen()).not.toContain('older answer 2/3')
    tui.type('v')
    await tui.shows('Plan 2.', 'Carried out 2.')
  })

  test('v says so where there is no other answer', async () => {
    const tui = await openAnswered('again+none')
    tui.type(`${keys.tab}v`)
    await tui.shows('There is no other answer to it')
  })

  test('v under a plan that was stopped says that it has no answer yet', async () => {
    const tui = await openTui(home, ['-n'])
    tui.type(`/model:plan-mode gate+planned gate+planned${keys.enter}`)
    await tui.shows('Plan mode is on')
    tui.type(`Why?${keys.enter}`)
    const call = await home.upstream.waitFor('gate+planned')
    call.release('First think.')
    await tui.shows('First think.')
    tui.type(keys.escape)
    await tui.shows('stopped')
    tui.type(`${keys.tab}v`)
    await tui.shows('This plan has no answer yet; r plans and answers again.')
  })

  test('brings the old answer back when there is no new one, and says why', async () => {
    const tui = await openAnswered('once+r')
    tui.type(`${keys.tab}r`)
    await tui.shows('First answer.', '! No new answer: ', 'The one before is shown again.')
    expect(tui.screen()).not.toContain('2nd answer')
    expect(await kept()).toEqual([
      ['Why?', undefined],
      ['First answer.', undefined],
    ])
  })

  test('is what is hinted at under an answer that was stopped', async () => {
    const tui = await openTui(home, ['-n', '-m', 'gate+hint'])
    tui.type('Why?\r')
    const call = await home.upstream.waitFor('gate+hint')
    call.release('Half an ans')
    await tui.shows('Half an ans')
    tui.type(keys.escape)
    await tui.shows('■ stopped', 'tab, then r: answer again', 'F1 help')
    tui.type(`${keys.tab}r`)
    const again = await home.upstream.waitFor('gate+hint', 2)
    again.release('Whole.')
    again.finish()
    await tui.shows('Whole.', '2nd answer')
    await tui.hides('answer again:')
    expect(tui.screen()).not.toContain('stopped')
  })
})

test('/retry does the same, while nothing runs', async () => {
  const tui = await openAnswered('again+slash')
  tui.type('/retry\r')
  const call = await home.upstream.waitFor('again+slash', 2)
  call.release('Second')
  await tui.shows('2nd answer · answering', 'Second')
  tui.type('/retry\r')
  await tui.shows('An answer is running; Esc stops it.')
  call.finish()
  await tui.shows('F1 help')
  expect(home.upstream.hits('again+slash')).toBe(2)
})

test('/retry a line at a time prints the new answer, or why there is none', async () => {
  await home.c2a.run(['ask', '-m', 'again+line', 'Why?'])
  const terminal = openTerminal(home.c2a, ['--plain'])
  await terminal.until((screen) => screen.includes('First answer.') && /\n>$/.test(screen))
  const [session] = await home.client.listSessions(1)
  await home.client.patchSession(session?.id ?? '', { model: 'again+line' })
  terminal.type('/retry\r')
  const call = await home.upstream.waitFor('again+line', 2)
  call.release('Second answer.')
  call.finish()
  await terminal.until((screen) =>
    /Second answer\.\nAnswer finished, \d\.\ds, 3 tokens\.\n>$/.test(screen),
  )
  await home.client.patchSession(session?.id ?? '', { model: 'rst-head' })
  terminal.type('/retry\r')
  await terminal.until((screen) =>
    /No new answer: .*\nThe one before is shown again\.\n>$/s.test(screen),
  )
  expect(await kept()).toEqual([
    ['Why?', undefined],
    ['Second answer.', 1],
  ])
})
