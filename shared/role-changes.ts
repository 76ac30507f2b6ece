import type { Params } from './contract/param-table.js'
import { withoutUnset } from './params.js'

/** What somebody wants a role to be: the whole of it, so no params are none. */
export interface WantedRole {
  readonly name: string
  readonly instructions: string
  readonly params?: Params | null | undefined
}

interface ExistingRole extends WantedRole {
  readonly params: Params
}

/** What it takes to make one role what is wanted. */
export type RoleChange<Existing extends ExistingRole, Wanted extends WantedRole> =
  | { action: 'create'; name: string; before?: undefined; after: Wanted }
  | { action: 'update' | 'unchanged'; name: string; before: Existing; after: Wanted }
  | { action: 'delete'; name: string; before: Existing; after?: undefined }

/**
 * Compares roles by their exact names: first what is wanted, in its order, then what is there beyond it, as
 * `delete`. What is the same is `unchanged`.
 */
export function planRoles<Existing extends ExistingRole, Wanted extends WantedRole>(
  existing: readonly Existing[],
  wanted: readonly Wanted[],
): RoleChange<Existing, Wanted>[] {
  const there = new Map(existing.map((role) => [role.name, role]))
  const names = new Set(wanted.map(({ name }) => name))
  const kept = wanted.map((after): RoleChange<Existing, Wanted> => {
    const { name } = after
    const before = there.get(name)
    if (before === undefined) return { action: 'create', name, after }
    return { action: isSame(before, after) ? 'unchanged' : 'update', name, before, after }
  })
  const gone = existing
    .filter(({ name }) => !names.has(name))
    .map((before) => ({ action: 'delete' as const, name: before.name, before }))
  return [...kept, ...gone]
}

function isSame(a: WantedRole, b: WantedRole): boolean {
  return a.instructions === b.instructions && paramsOf(a) === paramsOf(b)
}

const paramsOf = ({ params }: WantedRole): string => JSON.stringify(withoutUnset(params ?? {}))
