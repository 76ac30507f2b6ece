import { chooseModel, labelModel } from '../choose-model.js'
import type { SlashCommand } from '../command.js'

export const modelCommand: SlashCommand = {
  name: 'model',
  summary: 'Ask this model from now on; without a name, list them',
  args: [
    {
      name: 'name',
      kind: 'model',
      rest: true,
      current: ({ plan, model }) => (plan === null ? model : null),
    },
  ],
  bare: true,
  async run(chat, [typed]) {
    if (typed === undefined) return chat.open('models')
    const { id, doubt } = chooseModel(chat.catalogue, typed)
    const planned = chat.session.plan !== null
    await chat.patchSession({ model: id, plan: null })
    const lines = [`Model: ${labelModel(chat.catalogue, id)}`]
    if (planned) lines.push('Plan mode is off.')
    if (doubt !== undefined) lines.push(doubt)
    chat.notice(lines.join('\n'), doubt === undefined ? 'info' : 'warn')
  },
}
