import { type Editor, editorOf } from '../composer/editor.js'
import type { RoleForm } from './overlay.js'

/** A form with what the role has; for a new one it is empty. */
export function roleFormOf(role?: { id: string; name: string; instructions: string }): RoleForm {
  const { name = '', instructions = '' } = role ?? {}
  return {
    kind: 'role-form',
    id: role?.id,
    field: 'name',
    name: editorOf(name),
    instructions: editorOf(instructions),
    before: { name, instructions },
    error: undefined,
    isSaving: false,
    isLeaving: false,
  }
}

/** Whether somebody wrote in the form. */
export function isFormChanged({ name, instructions, before }: RoleForm): boolean {
  return isTouched(name, before.name) || isTouched(instructions, before.instructions)
}

/** An editor has marks in place of characters that cannot be seen: that alone is no change. */
export function isTouched({ text }: Editor, before: string): boolean {
  return text !== editorOf(before).text
}
