import type { SearchHit } from '../../../shared/contract/search.js'
import { hitAuthor } from '../../output/hit-author.js'
import { layoutEditor } from '../composer/layout.js'
import { SearchPane, type SearchState, searchField } from '../panes/search.js'
import type { HitItem } from '../panes/search-hit.js'
import { queryOf } from '../state/search.js'
import type { State } from '../state/state.js'
import { memo } from './memo.js'
import type { OverlayView, Sized } from './overlay-view.js'

const minuteMs = 60_000

const hitItems = memo(
  (hits: readonly SearchHit[], isOfOne: boolean, openId: string | undefined): readonly HitItem[] =>
    hits.map((hit) => ({
      title: isOfOne ? undefined : hit.session_title,
      isOpen: !isOfOne && hit.session_id === openId,
      author: hitAuthor(hit),
      createdAt: hit.created_at,
      snippet: hit.snippet,
      matches: hit.matches,
    })),
)

const noHits: readonly SearchHit[] = []

/** The search with what it has found. */
export function searchView(state: State, sized: Sized, now: number): OverlayView {
  const { search, session } = state
  const { answer, scope, order, index, isSelected } = search
  const field = searchField(sized)
  // With the cell for a cursor behind a row.
  const { rows, cursor } = layoutEditor(search.editor, field.width + 1, 1)
  const element = (
    <SearchPane
      {...sized}
      words={rows[0] ?? ''}
      isSelected={isSelected}
      hits={hitItems(answer?.hits ?? noHits, answer?.query.session !== undefined, session?.id)}
      selected={index}
      hasMore={answer?.older !== undefined}
      scope={scope}
      order={order}
      state={stateOf(state)}
      // Ages are shown in minutes: what is drawn changes no more often.
      now={Math.floor(now / minuteMs) * minuteMs}
    />
  )
  return { element, cursor: { x: field.x + cursor.x, y: field.y } }
}

function stateOf(state: State): SearchState {
  const { problem, answer, isSlow, editor } = state.search
  if (problem !== undefined) return { kind: 'problem', text: problem.text }
  if (isSlow) return { kind: 'searching' }
  if (answer !== undefined) return { kind: 'found' }
  if (queryOf(state) !== undefined) return { kind: 'asked' }
  return { kind: editor.text.trim() === '' ? 'empty' : 'short' }
}
