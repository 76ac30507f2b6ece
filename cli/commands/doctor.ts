import { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import { processEnvironment } from '../config.js'

/** For one word of a model: a gateway or a model that hangs must not hang us, s. */
const patience = 15
const most = 3_600

interface DoctorOptions {
  json?: boolean
  /** Commander's name for --no-model: false. */
  model?: string | boolean
  timeout: number
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('find out what is wrong')
    .description(
      'Looks at everything between this terminal and a model, in this order: Node, home, settings, ' +
        'terminal, daemon (started if need be), database, gateway, models, and one word of the ' +
        'default model, which costs a fraction of a cent and leaves nothing behind. Below what is ' +
        'not well stands what to do. It shows no keys, so its output can be sent to who helps.',
    )
    .option('-m, --model <model>', 'ask this model for the word')
    .option('--no-model', 'ask no model')
    .option('--timeout <seconds>', 'how long to wait for the word', parseSeconds, patience)
    .option('--json', 'as one JSON object: {ok, checks: [{id, status, title, detail, fix?}]}')
    .addHelpText(
      'after',
      '\nStatus: ok; warn: it works, but look; fail; skip: not checked, and why.' +
        '\nExit code 0: nothing failed; 1: something did.',
    )
    .action(async ({ json = false, model, timeout }: DoctorOptions) => {
      const { examine } = await import('../doctor/examine.js')
      await examine({
        env: processEnvironment(),
        json,
        model: model === true ? undefined : model,
        patienceMs: timeout * 1_000,
      })
    })
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds > 0 && seconds <= most) return seconds
  throw new ProblemError('invalid_request', `--timeout takes seconds up to ${most}, not "${text}"`)
}
