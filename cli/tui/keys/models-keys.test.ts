import { expect, test } from 'vitest'
import { catalogueOf } from '../slash/test-support.js'
import { keys, startApp } from './fixtures/app-under-test.js'

const models = ['alpha', 'beta', 'gamma', 'plain']

/** The picker, its list read. What is typed finds a model, as in any other picker. */
async function openFilter() {
  const under = await startApp({ models })
  under.press(keys.ctrl('o'))
  await under.settle()
  under.did.length = 0
  return under
}

/** The same in its list, where letters are commands. */
async function openPicker() {
  const under = await openFilter()
  under.press(keys.tab)
  under.did.length = 0
  return under
}

test('Enter takes the marked model, and says so', async () => {
  const { app, press, did, said, settle } = await openPicker()
  press('j', keys.down, keys.enter)
  await settle()
  expect(did).toEqual(['patch a {"model":"gamma","plan":null}'])
  expect(app.state.overlay).toBeUndefined()
  expect(said()).toEqual(['Model: gamma'])
})

test('Enter alone keeps the model of the settings, which answers where the session names none', async () => {
  const { press, said, settle } = await startApp({ models, defaultModel: 'gamma' })
  press(keys.ctrl('o'))
  await settle()
  press(keys.enter)
  await settle()
  expect(said()).toEqual(['Model: gamma'])
})

test('what was chosen is said as the slash commands say it', async () => {
  const { app, press, said, settle } = await openPicker()
  app.dispatch({ type: 'models-listed', catalogue: catalogueOf({ alpha: 'acme', beta: 'acme' }) })
  press(keys.enter)
  await settle()
  press(keys.ctrl('o'))
  await settle()
  app.dispatch({ type: 'models-listed', catalogue: catalogueOf({ alpha: 'acme', beta: 'acme' }) })
  press(keys.tab, 'pa')
  await settle()
  expect(said()).toEqual([
    'Model: alpha (acme)',
    'Plan mode is on: alpha (acme) plans, alpha (acme) answers.',
  ])
})

test('a name that is typed at once is looked for, although its letters are commands in the list', async () => {
  const { app, press, did, settle } = await openFilter()
  press('pla')
  expect(app.state.overlay).toMatchObject({ filter: { text: 'pla' }, planner: undefined })
  press(keys.enter)
  await settle()
  expect(did).toEqual(['patch a {"model":"plain","plan":null}'])
})

test('Esc closes it at once while nothing is typed, and / as the first letter changes nothing', async () => {
  const { app, press } = await openFilter()
  press('/')
  expect(app.state.overlay).toMatchObject({ isFiltering: true, filter: { text: '' } })
  press(keys.escape)
  expect(app.state.overlay).toBeUndefined()
})

test('the arrows go to the list, and there / goes back to what is typed', async () => {
  const { app, press } = await openFilter()
  press(keys.down, 'p', '/', 'pla')
  expect(app.state.overlay).toMatchObject({ planner: 'beta', filter: { text: 'pla' } })
})

test('Esc leaves the filter but keeps it; then letters are commands again', async () => {
  const { app, press } = await openPicker()
  press('/', 'a', keys.escape, 'j')
  expect(app.state.overlay).toMatchObject({ isFiltering: false, filter: { text: 'a' }, index: 1 })
  press('q')
  expect(app.state.overlay).toBeUndefined()
})

test('a filter that finds nothing leaves nothing to choose', async () => {
  const { app, press, did } = await openPicker()
  press('/', 'zzz', keys.enter, keys.down, keys.enter)
  expect(did).toEqual([])
  expect(app.state.overlay).toMatchObject({ kind: 'models' })
})

test('moving the cursor in the filter leaves the marker; another letter begins at the best', async () => {
  const { app, press } = await openPicker()
  press('/', 'a', keys.down, keys.left)
  expect(app.state.overlay).toMatchObject({ index: 1 })
  press('t')
  expect(app.state.overlay).toMatchObject({ index: 0 })
})

test('the marked model is the one that is taken, although the list changed', async () => {
  const { app, press, did, settle } = await openPicker()
  press('j')
  app.dispatch({
    type: 'models-listed',
    catalogue: catalogueOf({ new: null, alpha: null, beta: null }),
  })
  press(keys.enter)
  await settle()
  expect(did).toEqual(['patch a {"model":"beta","plan":null}'])
})

test('a list that became shorter still has a marked model', async () => {
  const { app, press, did, settle } = await openPicker()
  press('G')
  app.dispatch({ type: 'models-listed', catalogue: catalogueOf({ alpha: null }) })
  press(keys.enter)
  await settle()
  expect(did).toEqual(['patch a {"model":"alpha","plan":null}'])
})

test('a planner and an answerer make plan mode', async () => {
  const { press, did, said, settle } = await openPicker()
  press('p', 'j', 'a')
  await settle()
  expect(did).toEqual(['patch a {"plan":{"planning_model":"alpha","answering_model":"beta"}}'])
  expect(said()).toEqual(['Plan mode is on: alpha plans, beta answers.'])
})

test('r and Ctrl+R ask the gateway again; without a daemon Ctrl+R tries to reach it', async () => {
  const { app, press, did, settle } = await openPicker()
  press('r')
  await settle()
  press(keys.ctrl('r'))
  await settle()
  expect(did).toEqual(['list models again', 'list models again'])
  app.link.lost(undefined)
  press(keys.ctrl('r'))
  await settle()
  expect(app.state.link.kind).toBe('online')
  expect(did).toHaveLength(2)
})

test('without an open session a model is not said to be chosen', async () => {
  const { press, said, settle } = await startApp({ sessions: [], models })
  press(keys.ctrl('o'))
  await settle()
  press(keys.enter)
  await settle()
  expect(said()).toEqual(['no session is open yet'])
})
