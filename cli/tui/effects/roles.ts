import { ProblemError } from '../../../shared/contract/problem.js'
import type { RolePatch } from '../../../shared/contract/role.js'
import { readParams } from '../../../shared/params.js'
import type { RoleField, RoleForm } from '../state/overlay.js'
import { isTouched } from '../state/role-form.js'
import { type Deps, notice } from './deps.js'
import { unlessNotFound } from './not-found.js'
import { createReading } from './reading.js'

export interface Roles {
  refresh(): Promise<void>
  /** Saves the open form and closes it; what is wrong is shown at the field. */
  save(form: RoleForm): Promise<void>
  remove(id: string): Promise<void>
}

const longestName = 100

export function createRoles(deps: Deps): Roles {
  const { store, link } = deps
  const show = (overlay: RoleForm | undefined): void => store.dispatch({ type: 'overlay', overlay })
  const list = createReading(
    () => link.untilDone((client) => client.listRoles()),
    (roles) => store.dispatch({ type: 'roles-listed', roles }),
  )
  return {
    refresh: list.refresh,
    async save(form) {
      const error = check(form)
      if (error !== undefined) return show({ ...form, error, field: error.field })
      const { id } = form
      const body = {
        name: form.name.text.trim(),
        instructions: form.instructions.text,
        params: readParams(form.parameters.text),
      }
      const saving: RoleForm = { ...form, error: undefined, isSaving: true }
      const isShown = (): boolean => store.state.overlay === saving
      show(saving)
      try {
        const role = await link.once((client) =>
          id === undefined ? client.createRole(body) : client.putRole(id, changes(form)),
        )
        list.changed()
        store.dispatch({ type: 'role-changed', role })
        store.dispatch({ type: 'role-marked', row: role.id })
        if (isShown()) show(undefined)
        notice(deps, `Role "${role.name}" saved.`, 'info', 'role')
      } catch (error) {
        const isOurs = error instanceof ProblemError
        if (isShown() && !isOurs) show(form)
        // Something else lies there: what was written does not come back over it.
        if (!isOurs || !(isShown() || store.state.overlay === undefined)) throw error
        const field: RoleField = error.code === 'role_exists' ? 'name' : form.field
        const text = [error.message, error.hint].filter(Boolean).join('. ')
        show({ ...form, field, error: { field, text }, isSaving: false })
      }
    },
    async remove(id) {
      await link.once((client) => client.deleteRole(id)).catch(unlessNotFound)
      list.changed()
      store.dispatch({ type: 'role-deleted', id })
    },
  }
}

/**
 * Only what was edited: the editor has marks in place of characters that cannot be seen, and what
 * nobody touched keeps them. At least the name, since an empty change is none.
 */
function changes({ name, instructions, parameters, before }: RoleForm): RolePatch {
  return {
    name: isTouched(name, before.name) ? name.text.trim() : before.name,
    ...(isTouched(instructions, before.instructions) && { instructions: instructions.text }),
    ...(isTouched(parameters, before.parameters) && { params: readParams(parameters.text) }),
  }
}

function check({ name, instructions, parameters, before }: RoleForm): RoleForm['error'] {
  if (name.text.trim() === '') return { field: 'name', text: 'a role needs a name' }
  if ([...name.text.trim()].length > longestName) {
    return { field: 'name', text: `a name has at most ${longestName} characters` }
  }
  if (instructions.text.trim() === '') {
    return { field: 'instructions', text: 'say what the model is to be or do' }
  }
  return isTouched(parameters, before.parameters) ? checkParameters(parameters.text) : undefined
}

function checkParameters(text: string): RoleForm['error'] {
  try {
    readParams(text)
    return undefined
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { field: 'parameters', text: error.message }
  }
}
