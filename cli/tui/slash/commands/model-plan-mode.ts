import type { Catalogue } from '../../../../shared/contract/model.js'
import { ProblemError } from '../../../../shared/contract/problem.js'
import { quoteArgument } from '../arguments.js'
import { chooseModel, describePlan } from '../choose-model.js'
import type { SlashArgument, SlashChat, SlashCommand } from '../command.js'
import { usageOf } from '../usage.js'

const name = 'model:plan-mode'
const args: readonly SlashArgument[] = [
  { name: 'planner', kind: 'model', current: ({ plan }) => plan?.planning_model },
  { name: 'answerer', kind: 'model', current: ({ plan }) => plan?.answering_model },
]
const usage = usageOf({ name, args })

export const modelPlanModeCommand: SlashCommand = {
  name,
  summary: 'Let one model plan, and another carry the plan out',
  args,
  bare: true,
  async run(chat, [planner, answerer]) {
    if (planner === undefined) return explain(chat)
    if (answerer === undefined) {
      throw new ProblemError('invalid_request', `/${name} needs two models. Usage: ${usage}`)
    }
    const planning = chooseModel(chat.catalogue, planner)
    const answering = chooseModel(chat.catalogue, answerer)
    const plan = { planning_model: planning.id, answering_model: answering.id }
    await chat.patchSession({ plan })
    const doubts = new Set([planning.doubt, answering.doubt].filter((doubt) => doubt !== undefined))
    const text = [describePlan(chat.catalogue, plan), ...doubts].join('\n')
    chat.notice(text, doubts.size === 0 ? 'info' : 'warn')
  },
}

function explain(chat: SlashChat): void {
  const { catalogue, session } = chat
  const state =
    session.plan === null
      ? 'Plan mode is off.'
      : `${describePlan(catalogue, session.plan)} /model:plan-mode-off ends it.`
  chat.notice([`Usage: ${usage}`, ...example(catalogue), state].join('\n'))
}

/** A line that works here: with models of the list, if there is one. */
function example(catalogue: Catalogue | undefined): string[] {
  const typed = catalogue?.data.map(({ id }) => quoteArgument({}, id)) ?? []
  const [planner, answerer = planner] = typed.filter((word) => word !== undefined)
  if (planner === undefined) return []
  return [`For example: /${name} ${planner} ${answerer}`]
}
