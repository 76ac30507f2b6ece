import type { SlashCommand } from './command.js'
import { clearCommand } from './commands/clear.js'
import { clearRoleCommand } from './commands/clear-role.js'
import { copyCommand } from './commands/copy.js'
import { costCommand } from './commands/cost.js'
import { editCommand } from './commands/edit.js'
import { forkCommand } from './commands/fork.js'
import { helpCommand } from './commands/help.js'
import { modelCommand } from './commands/model.js'
import { modelPlanModeCommand } from './commands/model-plan-mode.js'
import { modelPlanModeOffCommand } from './commands/model-plan-mode-off.js'
import { modelsCommand } from './commands/models.js'
import { mouseCommand } from './commands/mouse.js'
import { newCommand } from './commands/new.js'
import { quitCommand } from './commands/quit.js'
import { renameCommand } from './commands/rename.js'
import { retryCommand } from './commands/retry.js'
import { roleCommand } from './commands/role.js'
import { rolesCommand } from './commands/roles.js'
import { searchCommand } from './commands/search.js'
import { sessionsCommand } from './commands/sessions.js'
import { setCommand } from './commands/set.js'
import { stopCommand } from './commands/stop.js'
import { themeCommand } from './commands/theme.js'

/** Every slash command, in the order of `/help` and of the suggestions for a bare slash. */
export const slashCommands: readonly SlashCommand[] = [
  clearCommand,
  modelCommand,
  modelsCommand,
  roleCommand,
  rolesCommand,
  clearRoleCommand,
  modelPlanModeCommand,
  modelPlanModeOffCommand,
  setCommand,
  newCommand,
  renameCommand,
  sessionsCommand,
  searchCommand,
  stopCommand,
  retryCommand,
  editCommand,
  forkCommand,
  copyCommand,
  costCommand,
  themeCommand,
  mouseCommand,
  helpCommand,
  quitCommand,
]
