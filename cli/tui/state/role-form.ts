import type { Role } from '../../../shared/contract/role.js'
import { showParams } from '../../../shared/params.js'
import { type Editor, editorOf } from '../composer/editor.js'
import { type RoleForm, roleFields } from './overlay.js'

/** A form with what the role has; for a new one it is empty. */
export function roleFormOf(role?: Pick<Role, 'id' | 'name' | 'instructions' | 'params'>): RoleForm {
  const { name = '', instructions = '' } = role ?? {}
  const parameters = showParams(role?.params ?? {})
  return {
    kind: 'role-form',
    id: role?.id,
    field: 'name',
    name: editorOf(name),
    instructions: editorOf(instructions),
    parameters: editorOf(parameters),
    before: { name, instructions, parameters },
    error: undefined,
    isSaving: false,
    isLeaving: false,
  }
}

/** Whether somebody wrote in the form. */
export function isFormChanged(form: RoleForm): boolean {
  return roleFields.some((field) => isTouched(form[field], form.before[field]))
}

/** An editor has marks in place of characters that cannot be seen: that alone is no change. */
export function isTouched({ text }: Editor, before: string): boolean {
  return text !== editorOf(before).text
}
