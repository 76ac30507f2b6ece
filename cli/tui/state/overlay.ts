import type { Editor } from '../composer/editor.js'

/** What lies over the panes and has the keys. */
export type Overlay =
  | ModelPicker
  | { readonly kind: 'sessions' }
  | { readonly kind: 'roles' }
  | { readonly kind: 'search' }
  | RoleForm
  | Confirm
  | { readonly kind: 'help'; readonly offset: number }

export interface ModelPicker {
  readonly kind: 'models'
  readonly filter: Editor
  /** Keys go into the filter; else letters are commands. */
  readonly isFiltering: boolean
  readonly index: number
  /** Chosen for plan mode, which begins when both are. */
  readonly planner: string | undefined
  readonly answerer: string | undefined
}

/** In the order of the form. */
export const roleFields = ['name', 'instructions', 'parameters'] as const
export type RoleField = (typeof roleFields)[number]

export interface RoleForm {
  readonly kind: 'role-form'
  /** Undefined: a new role. */
  readonly id: string | undefined
  readonly field: RoleField
  readonly name: Editor
  readonly instructions: Editor
  /** NAME=VALUE, as `showParams` writes them. */
  readonly parameters: Editor
  /** What was there when the form was opened: leaving with changes asks first. */
  readonly before: Readonly<Record<RoleField, string>>
  readonly error: { readonly field: RoleField; readonly text: string } | undefined
  readonly isSaving: boolean
  /** Esc was pressed with changes: once more throws them away. */
  readonly isLeaving: boolean
}

export interface Confirm {
  readonly kind: 'confirm'
  readonly what: 'session' | 'role'
  readonly id: string
  readonly name: string
  /** What to show again afterwards. */
  readonly under: Overlay | undefined
}
