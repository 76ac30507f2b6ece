import { expect, test } from 'vitest'
import { roleOf } from '../slash/test-support.js'
import { keys, narrow, startApp } from './fixtures/app-under-test.js'

const roles = [roleOf('1', 'Adam', 'Be first.')]
const formOf = (overlay: unknown) =>
  overlay as { field: string; name: { text: string }; instructions: { text: string } }

/** A new form with a name and instructions in it. */
async function writtenForm() {
  const under = await startApp({ roles })
  under.press(keys.ctrl('t'), 'n', 'Zoe', keys.enter, 'Be brief.')
  return under
}

test('F1 opens the help and closes it; q and Esc close it, too', async () => {
  const { app, press } = await startApp()
  for (const close of [keys.f1, 'q', keys.escape]) {
    press(keys.f1)
    expect(app.state.overlay).toMatchObject({ kind: 'help' })
    press(close)
    expect(app.state.overlay).toBeUndefined()
  }
})

test('the help scrolls to its end and no further: from there one key up is a row up', async () => {
  const { app, press } = await startApp({ size: narrow })
  press(keys.f1, keys.end)
  const end = app.state.overlay
  const offset = end?.kind === 'help' ? end.offset : 0
  expect(offset).toBeGreaterThan(5)
  press(keys.down, ' ')
  expect(app.state.overlay).toEqual(end)
  press('k')
  expect(app.state.overlay).toMatchObject({ offset: offset - 1 })
  press('g')
  expect(app.state.overlay).toMatchObject({ offset: 0 })
})

test('a page of the help is what is shown of it', async () => {
  const { app, press } = await startApp({ size: narrow })
  press(keys.f1, keys.pageDown)
  // Its frame has two rows.
  const shown = (app.layout?.overlay.height ?? 0) - 2
  expect(app.state.overlay).toMatchObject({ offset: shown })
  press(keys.pageUp)
  expect(app.state.overlay).toMatchObject({ offset: 0 })
})

test('under an overlay the focus does not move and no editor opens', async () => {
  const { app, press, did } = await startApp()
  press(keys.f1, keys.tab, keys.shiftTab, keys.ctrl('g'))
  expect(app.state.focus).toBe('composer')
  expect(did).toEqual([])
})

test('from one overlay a key goes to another', async () => {
  const { app, press } = await startApp()
  press(keys.f1, keys.ctrl('o'))
  expect(app.state.overlay).toMatchObject({ kind: 'models' })
  press(keys.ctrl('o'))
  expect(app.state.overlay).toBeUndefined()
})

test('nothing reaches the composer while an overlay is open', async () => {
  const { press, typed } = await startApp()
  press(keys.f1, 'zzz', keys.paste('text'), keys.enter)
  expect(typed()).toBe('')
})

test('while a question is open only harmless keys work', async () => {
  const { app, press, did } = await startApp({ roles })
  press(keys.ctrl('t'), 'j', 'd', keys.f4, keys.ctrl('l'), keys.ctrl('n'), keys.f1, 'z')
  expect(did).toEqual(['toggle theme', 'redraw'])
  expect(app.state.overlay).toMatchObject({ kind: 'confirm' })
})

test('a form is filled field by field, and Ctrl+S saves it', async () => {
  const { app, press, did, said, settle } = await writtenForm()
  press(keys.enter, 'q', keys.ctrl('s'))
  expect(app.state.overlay).toMatchObject({ isSaving: true })
  press('ignored')
  await settle()
  expect(did).toEqual(['create role Zoe: Be brief.\nq'])
  expect(said()).toEqual(['Role "Zoe" saved.'])
  expect(app.state).toMatchObject({ overlay: undefined, focus: 'roles', markedRole: 'made' })
})

test('the global keys of a form are letters of its own or harmless', async () => {
  const { app, press, did } = await writtenForm()
  press(keys.ctrl('n'), keys.ctrl('o'), keys.f1, keys.f4, keys.ctrl('t'))
  expect(did).toEqual(['toggle theme'])
  expect(formOf(app.state.overlay).instructions.text).toBe('Be brief.')
})

test('Tab goes between the fields', async () => {
  const { app, press } = await writtenForm()
  const fields = [keys.tab, keys.tab, keys.shiftTab, keys.shiftTab].map((key) => {
    press(key)
    return formOf(app.state.overlay).field
  })
  expect(fields).toEqual(['parameters', 'name', 'parameters', 'instructions'])
})

test('parameters are saved with a role, and one that is none is shown at its field', async () => {
  const { app, press, did, settle } = await writtenForm()
  press(keys.tab, 'temperature=3', keys.ctrl('s'))
  expect(app.state.overlay).toMatchObject({
    error: { field: 'parameters', text: expect.stringContaining('a number from 0 to 2') },
  })
  press(keys.backspace, '1 max_tokens=9', keys.ctrl('s'))
  await settle()
  expect(did).toEqual(['create role Zoe: Be brief. temperature=1 max_tokens=9'])
})

test('of a role that is there only parameters that were changed are sent', async () => {
  const { app, press, did, settle } = await startApp({
    roles: [{ ...roleOf('1', 'Adam'), params: { seed: 7 } }],
  })
  press(keys.ctrl('t'), 'j', 'e', '!', keys.ctrl('s'))
  await settle()
  press('e', keys.tab, keys.tab)
  expect(app.state.overlay).toMatchObject({ parameters: { text: 'seed=7' } })
  press(' top_p=1', keys.ctrl('s'))
  await settle()
  expect(did).toEqual([
    'put role 1 {"name":"Adam!"}',
    'put role 1 {"name":"Adam","params":{"top_p":1,"seed":7}}',
  ])
})

test.each([
  ['Esc', keys.escape],
  ['Ctrl+C', keys.ctrl('c')],
])('%s asks before it throws changes away; typing takes the question back', async (_, leave) => {
  const { app, press } = await writtenForm()
  press(leave)
  expect(app.state.overlay).toMatchObject({ kind: 'role-form', isLeaving: true })
  press('!')
  expect(app.state.overlay).toMatchObject({ isLeaving: false })
  press(leave, leave)
  expect(app.state.overlay).toBeUndefined()
})

test('a form without changes is left at once', async () => {
  const { app, press } = await startApp({ roles: [roleOf('1', 'Ad\u202eam', 'a\x07b')] })
  press(keys.ctrl('t'), 'j', 'e', keys.escape)
  expect(app.state.overlay).toBeUndefined()
})

test('what is wrong is shown at its field, and nothing is sent', async () => {
  const { app, press, did } = await startApp()
  press(keys.ctrl('t'), 'n', keys.ctrl('s'))
  expect(app.state.overlay).toMatchObject({ field: 'name', error: { field: 'name' } })
  press('Zoe', keys.ctrl('s'))
  expect(app.state.overlay).toMatchObject({ field: 'instructions' })
  expect(did).toEqual([])
})

test('a name that is taken goes back to the form, with all that was written', async () => {
  const { app, press, settle } = await startApp()
  press(keys.ctrl('t'), 'n', 'taken', keys.enter, 'Be brief.', keys.ctrl('s'))
  await settle()
  expect(app.state.overlay).toMatchObject({
    ...{ field: 'name', isSaving: false, error: { field: 'name' } },
    instructions: { text: 'Be brief.' },
  })
})

test('only what was edited is sent: what cannot be seen stays as it was', async () => {
  const { press, did, settle } = await startApp({ roles: [roleOf('1', 'Ad\u202eam', 'a\x07b')] })
  press(keys.ctrl('t'), 'j', 'e', keys.ctrl('s'))
  await settle()
  press(keys.ctrl('t'), keys.ctrl('t'), 'e', keys.tab, '!', keys.ctrl('s'))
  await settle()
  expect(did[0]).toBe(`put role 1 ${JSON.stringify({ name: 'Ad\u202eam' })}`)
  expect(did[1]).toContain('"instructions":')
})

test('a form that is saved does not close what was opened meanwhile', async () => {
  const { app, press, settle } = await writtenForm()
  press(keys.ctrl('s'), keys.ctrl('c'), keys.f1)
  await settle()
  expect(app.state.overlay).toMatchObject({ kind: 'help' })
})

test('a form that fails comes back only when nothing else is open', async () => {
  const { app, press, settle, said } = await startApp()
  const fill = () => press(keys.ctrl('t'), 'n', 'taken', keys.enter, 'x', keys.ctrl('s'))
  fill()
  press(keys.ctrl('c'))
  await settle()
  expect(app.state.overlay).toMatchObject({ kind: 'role-form', error: { field: 'name' } })
  press(keys.ctrl('s'), keys.ctrl('c'), keys.f1)
  await settle()
  expect(app.state.overlay).toMatchObject({ kind: 'help' })
  expect(said()).toEqual([expect.stringContaining('taken')])
})
