import { Command } from 'commander'
import type { Model } from '../../shared/contract/model.js'
import { withClient } from '../connect.js'
import { formatAge } from '../output/age.js'
import { formatPrice, formatTokens } from '../output/model-figures.js'
import { type Listing, printJson, printList } from '../output/print.js'
import { say } from '../output/report.js'

export function modelsCommand(): Command {
  return new Command('models')
    .summary('list the models')
    .description(
      "Lists the models in the gateway's order: context window and longest answer in tokens, " +
        'prices in US dollars per million tokens, and what the model can do. A dash: not known.',
    )
    .option('--refresh', 'ask the gateway now instead of showing what the daemon remembers')
    .option('--json', "the API's catalogue as JSON")
    .action((options: { refresh?: boolean; json?: boolean }) =>
      withClient(async (client, { env }) => {
        const catalogue = await client.listModels(options.refresh)
        if (catalogue.source === 'offline') {
          say('no gateway answers; offline/demo is built in (c2a config set gateway.url URL)')
        } else if (catalogue.stale) {
          const age = formatAge(catalogue.fetched_at, Date.now())
          const when = age === 'now' ? 'of a moment ago' : `${age} old`
          say(`the gateway does not answer; this list is ${when}`)
        }
        if (options.json) return printJson(catalogue)
        if (catalogue.data.length === 0) say('the gateway has no models')
        printList(catalogue.data, listing, env)
      }),
    )
}

const listing: Listing<Model> = {
  columns: [
    { title: 'MODEL', elastic: 28 },
    { title: 'PROVIDER', elastic: 8 },
    { title: 'CONTEXT', align: 'right' },
    { title: 'MAX OUT', align: 'right' },
    { title: '$ IN', align: 'right' },
    { title: '$ OUT', align: 'right' },
    { title: 'ABILITIES', elastic: 9 },
  ],
  forTerminal: (model) => [
    model.id,
    model.litellm_provider ?? '-',
    formatTokens(model.context_window),
    formatTokens(model.max_output),
    formatPrice(model.prices.input),
    formatPrice(model.prices.output),
    abilitiesOf(model).join(' ') || '-',
  ],
  forPipe: (model) => [
    model.id,
    model.litellm_provider,
    model.context_window,
    model.max_output,
    model.prices.input,
    model.prices.output,
    abilitiesOf(model).join(','),
  ],
}

function abilitiesOf(model: Model): string[] {
  return (['vision', 'tools', 'reasoning'] as const).filter((ability) => model[ability])
}
