import type { State } from '../state/state.js'

/** What is typed goes into a text now, whichever characters it is made of. */
export function takesText({ overlay, focus, filter }: State): boolean {
  switch (overlay?.kind) {
    case undefined:
      return focus === 'composer' || (focus === 'sessions' && filter?.isTyping === true)
    case 'sessions':
      return filter?.isTyping === true
    case 'models':
      return overlay.isFiltering
    case 'role-form':
    case 'search':
      return true
    default:
      return false
  }
}
