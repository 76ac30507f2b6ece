import type { Catalogue, Model } from '../../../shared/contract/model.js'
import { rankByName } from '../slash/rank.js'
import { modelInUse } from './model-in-use.js'
import type { ModelPicker } from './overlay.js'
import type { State } from './state.js'

/** The models that the picker shows, in its order. */
export function pickableModels(
  { catalogue }: Pick<State, 'catalogue'>,
  picker: ModelPicker,
): Model[] {
  return rankByName(catalogue?.data ?? [], picker.filter.text, ({ id }) => id)
}

/** The list has changed under the picker: its marker stays on the same model. */
export function pickerAfter(
  picker: ModelPicker,
  state: Pick<State, 'catalogue' | 'session' | 'defaultModel'>,
  catalogue: Catalogue | undefined,
): ModelPicker {
  const marked =
    pickableModels(state, picker)[picker.index]?.id ?? modelInUse({ ...state, catalogue })
  const models = pickableModels({ catalogue }, picker)
  const at = models.findIndex(({ id }) => id === marked)
  const index = at < 0 ? Math.max(0, Math.min(picker.index, models.length - 1)) : at
  return { ...picker, index }
}
