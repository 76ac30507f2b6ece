import type { Usage } from '../../../shared/contract/message.js'
import type { Catalogue } from '../../../shared/contract/model.js'
import type { Role } from '../../../shared/contract/role.js'
import type { SearchHit } from '../../../shared/contract/search.js'
import type { Session } from '../../../shared/contract/session.js'
import type { Spend } from '../../../shared/contract/spend.js'
import type { LinkState } from './link.js'
import type { Overlay } from './overlay.js'
import type { Query, Search } from './search.js'
import type { Composer, Editing, Filter, Focus, Size } from './state.js'

/** Everything that can change the state. */
export type Action =
  | { type: 'resized'; size: Size }
  | { type: 'focused'; focus: Focus }
  | { type: 'side-panes-toggled' }
  | { type: 'overlay'; overlay: Overlay | undefined }
  | { type: 'sessions-listed'; sessions: readonly Session[] }
  | { type: 'session-opened'; session: Session }
  /** A session is new or has changed. */
  | { type: 'session-changed'; session: Session }
  /** What all of its turns have used up, and what was spent today, as the daemon counts it. */
  | {
      type: 'session-counted'
      id: string
      usage: Usage | undefined
      spend: Spend | undefined
    }
  /** If it is the open one, none is open then. */
  | { type: 'session-deleted'; id: string }
  | { type: 'filtered'; filter: Filter | undefined }
  | { type: 'search-changed'; change: Partial<Omit<Search, 'answer' | 'isSlow'>> }
  /** The answer takes a while. */
  | { type: 'search-slow' }
  /** `isNext`: behind those that are there; `older` is the cursor of what comes after them. */
  | {
      type: 'search-found'
      query: Query
      hits: readonly SearchHit[]
      older: string | undefined
      isNext: boolean
    }
  | { type: 'search-failed'; query: Query; text: string }
  | { type: 'session-marked'; id: string | undefined }
  | { type: 'roles-listed'; roles: readonly Role[] }
  | { type: 'role-changed'; role: Role }
  | { type: 'role-deleted'; id: string }
  | { type: 'role-marked'; row: string }
  | { type: 'models-asked' }
  /** `catalogue` is undefined when they could not be read. */
  | { type: 'models-listed'; catalogue: Catalogue | undefined }
  /** Whether the gateway behind the daemon answers has changed, or is known now. */
  | { type: 'gateway'; isAway: boolean }
  | { type: 'link'; link: LinkState }
  | { type: 'turn-began'; turnId?: string; startedAt: number }
  | { type: 'turn-known'; turnId: string }
  /** False: the stop itself failed. */
  | { type: 'turn-stopping'; isStopping: boolean }
  | { type: 'turn-stalled'; isStalled: boolean }
  | { type: 'turn-ended' }
  | { type: 'composed'; composer: Partial<Composer> }
  /** Text that could not be sent goes back to where it was typed. */
  | { type: 'text-returned'; sessionId: string; text: string }
  /** So does an earlier question that could not be asked otherwise. */
  | { type: 'edit-returned'; sessionId: string; editing: Editing; text: string }
  | { type: 'queued'; text: string }
  | { type: 'queue-taken' }
  | { type: 'theme'; theme: 'dark' | 'light' }
  | { type: 'mouse'; mouse: boolean }
  | { type: 'hint'; hint: string | undefined }
