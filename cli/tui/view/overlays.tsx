import type { Model } from '../../../shared/contract/model.js'
import type { Session } from '../../../shared/contract/session.js'
import { formatAge } from '../../output/age.js'
import { abilityMarks } from '../../output/model-figures.js'
import type { Theme } from '../../text/theme.js'
import { layoutEditor } from '../composer/layout.js'
import { helpKeys } from '../keys/keymap.js'
import { Confirm } from '../panes/confirm.js'
import { filterCaret } from '../panes/filter-row.js'
import { frameInside } from '../panes/frame.js'
import { Help } from '../panes/help.js'
import { RolesOverlay, SessionsOverlay } from '../panes/list-overlays.js'
import { type ModelListState, ModelPicker, modelFilterCaret } from '../panes/model-picker.js'
import type { ModelItem } from '../panes/model-row.js'
import { RoleForm, roleFormAreas } from '../panes/role-form.js'
import { slashHelp } from '../slash/help.js'
import { modelInUse } from '../state/model-in-use.js'
import type { RoleForm as Form, Overlay, ModelPicker as Picker } from '../state/overlay.js'
import { pickableModels } from '../state/picker.js'
import type { State } from '../state/state.js'
import type { Point, Rect } from '../terminal/rect.js'
import { rolesView, sessionsView } from './lists.js'
import { memo } from './memo.js'
import type { OverlayView, Sized } from './overlay-view.js'
import { searchView } from './search.js'

export function overlayView(
  state: State,
  overlay: Overlay,
  { rect, theme, now }: { rect: Rect; theme: Theme; now: number },
): OverlayView {
  const sized = { theme, width: rect.width, height: rect.height }
  switch (overlay.kind) {
    case 'sessions':
      return {
        element: <SessionsOverlay {...sized} {...sessionsView(state, now)} />,
        cursor: filterCursor(state, sized),
      }
    case 'roles':
      return { element: <RolesOverlay {...sized} {...rolesView(state)} />, cursor: undefined }
    case 'search':
      return searchView(state, sized, now)
    case 'confirm':
      return { element: <Confirm {...sized} {...question(overlay)} />, cursor: undefined }
    case 'help':
      return {
        element: <Help {...sized} {...helpContent()} offset={overlay.offset} />,
        cursor: undefined,
      }
    case 'models':
      return pickerView(state, overlay, sized, now)
    case 'role-form':
      return formView(overlay, sized)
    default:
      return overlay satisfies never
  }
}

function filterCursor({ filter }: State, { width, height }: Sized): Point | undefined {
  if (!filter?.isTyping) return undefined
  const inside = frameInside(width, height)
  return { x: inside.x + filterCaret(inside.width - 1, filter.editor.text), y: inside.y + 1 }
}

function question({ what, name }: Extract<Overlay, { kind: 'confirm' }>) {
  const detail =
    what === 'session' ? 'Its messages go with it.' : 'Sessions that use it go on without one.'
  return { question: `Delete this ${what}?`, name, detail }
}

const helpContent = memo(() => ({ commands: slashHelp(), keys: helpKeys() }))

const modelItems = memo(
  (
    models: readonly Model[],
    plan: Session['plan'] | undefined,
    inUse: string | undefined,
    planner: string | undefined,
    answerer: string | undefined,
  ): readonly ModelItem[] =>
    models.map((model) => ({
      id: model.id,
      provider: model.litellm_provider,
      window: model.context_window,
      prices: model.prices,
      abilities: abilityMarks(model),
      current: isCurrent(model.id, plan, inUse),
      use: useOf(model.id, plan, planner, answerer),
    })),
)

function useOf(
  id: string,
  plan: Session['plan'] | undefined,
  planner: string | undefined,
  answerer: string | undefined,
): string | undefined {
  const uses = [
    ...(id === (planner ?? plan?.planning_model) ? ['planner'] : []),
    ...(id === (answerer ?? plan?.answering_model) ? ['answerer'] : []),
  ]
  return uses.length === 0 ? undefined : uses.join(', ')
}

function isCurrent(
  id: string,
  plan: Session['plan'] | undefined,
  inUse: string | undefined,
): boolean {
  if (plan == null) return inUse === id
  return plan.planning_model === id || plan.answering_model === id
}

const pickable = memo((state: State, picker: Picker) => pickableModels(state, picker))

function pickerView(state: State, picker: Picker, sized: Sized, now: number): OverlayView {
  const models = pickable(state, picker)
  const { planner, answerer } = picker
  const props = {
    ...sized,
    models: modelItems(models, state.session?.plan, modelInUse(state), planner, answerer),
    selected: picker.index,
    filter: picker.filter.text,
    filtering: picker.isFiltering,
    list: listState(state, now),
  }
  return {
    element: <ModelPicker {...props} />,
    cursor: picker.isFiltering ? modelFilterCaret(props) : undefined,
  }
}

function listState({ catalogue, isListing }: State, now: number): ModelListState {
  if (isListing) return { kind: 'asking' }
  if (catalogue === undefined || catalogue.source === 'offline') return { kind: 'offline' }
  if (!catalogue.stale) return { kind: 'fresh' }
  return { kind: 'stale', age: formatAge(catalogue.fetched_at, now) }
}

function formView(form: Form, sized: Sized): OverlayView {
  const areas = roleFormAreas({ ...sized, focused: form.field })
  const name = layoutEditor(form.name, areas.name.width + 1, 1)
  const { width, height } = areas.instructions
  // With the cell for a cursor behind a row.
  const instructions = layoutEditor(form.instructions, width + 1, Math.max(1, height))
  const parameters = layoutEditor(form.parameters, areas.parameters.width + 1, 1)
  const { cursor } = { name, instructions, parameters }[form.field]
  const area = areas[form.field]
  const leaving = form.isLeaving ? 'leaving' : undefined
  return {
    element: (
      <RoleForm
        {...sized}
        isNew={form.id === undefined}
        focused={form.field}
        name={name.rows[0] ?? ''}
        instructions={instructions.rows}
        parameters={parameters.rows[0] ?? ''}
        errors={form.error && { [form.error.field]: form.error.text }}
        state={form.isSaving ? 'saving' : leaving}
      />
    ),
    cursor: { x: area.x + cursor.x, y: area.y + cursor.y },
  }
}
