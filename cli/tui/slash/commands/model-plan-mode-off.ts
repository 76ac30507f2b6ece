import { labelModel } from '../choose-model.js'
import type { SlashCommand } from '../command.js'

export const modelPlanModeOffCommand: SlashCommand = {
  name: 'model:plan-mode-off',
  summary: 'Back to one model that answers at once',
  args: [],
  async run(chat) {
    const { plan, model } = chat.session
    if (plan === null) return chat.notice('Plan mode is not on.')
    await chat.patchSession({ plan: null })
    const answers = model === null ? 'the default model' : labelModel(chat.catalogue, model)
    chat.notice(`Back to normal mode: ${answers} answers.`)
  },
}
