import type { Plan } from '../../../shared/contract/common.js'
import type { Catalogue } from '../../../shared/contract/model.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import { nearest } from '../../../shared/nearest.js'
import { pickByName } from '../../input/pick.js'
import { sanitiseLine } from '../../text/sanitise.js'

export interface ChosenModel {
  readonly id: string
  /** Why the gateway may not know it, in a line to show; undefined for one of its list. */
  readonly doubt: string | undefined
}

/**
 * The model that a typed name means: in the list exactly, by any case, or by a beginning that only
 * one has; else the name as it is, for the gateway to decide (wildcards). Throws `invalid_request`
 * with the candidates.
 */
export function chooseModel(catalogue: Catalogue | undefined, typed: string): ChosenModel {
  const items = catalogue?.data.map(({ id }) => ({ name: id })) ?? []
  try {
    return { id: pickByName(items, typed, 'model').name, doubt: undefined }
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'not_found') throw error
    return { id: typed, doubt: doubtAbout(catalogue, typed) }
  }
}

/** A model with its provider, when that is known, in a line to show. */
export function labelModel(catalogue: Catalogue | undefined, id: string): string {
  const provider = catalogue?.data.find((model) => model.id === id)?.litellm_provider
  return sanitiseLine(provider ? `${id} (${provider})` : id)
}

/** Says that plan mode is on, and with which models. */
export function describePlan(catalogue: Catalogue | undefined, plan: Plan): string {
  const planner = labelModel(catalogue, plan.planning_model)
  const answerer = labelModel(catalogue, plan.answering_model)
  return `Plan mode is on: ${planner} plans, ${answerer} answers.`
}

function doubtAbout(catalogue: Catalogue | undefined, typed: string): string {
  const name = sanitiseLine(typed)
  const outcome = 'it is used as typed, and the gateway decides.'
  if (catalogue === undefined) return `There is no list of models to look ${name} up in: ${outcome}`
  if (catalogue.source === 'offline') return `No gateway answers to ask for ${name}: ${outcome}`
  const ids = catalogue.data.map(({ id }) => id)
  const close = nearest(typed, ids)
  const guess = close === undefined ? '' : ` The list has ${sanitiseLine(close)}.`
  return `The gateway's list does not have ${name}: ${outcome}${guess}`
}
