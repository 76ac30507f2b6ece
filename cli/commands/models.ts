import { Command } from 'commander'
import type { Model } from '../../shared/contract/model.js'
import { withClient } from '../connect.js'
import { formatAge } from '../output/age.js'
import {
  abilitiesOf,
  abilityLegend,
  abilityMarks,
  formatPrice,
  formatTokens,
} from '../output/model-figures.js'
import { type Listing, printJson, printList } from '../output/print.js'
import { say } from '../output/report.js'

export function modelsCommand(): Command {
  return new Command('models')
    .summary('list the models')
    .description(
      "Lists the models in the gateway's order: context window and longest answer in tokens, " +
        'prices in US dollars per million tokens, and what the model can do (V vision, T tools, R reasoning where there is no room for words). A dash: not known.',
    )
    .option('--refresh', 'ask the gateway now instead of showing what the daemon remembers')
    .option('--json', "the API's catalogue as JSON")
    .action((options: { refresh?: boolean; json?: boolean }) =>
      withClient(async (client, { env }) => {
        const catalogue = await client.listModels(options.refresh)
        if (catalogue.source === 'offline') {
          say(
            'no gateway answers; offline/demo is built in ' +
              '(c2a stack up --local-model, or c2a config set gateway.url URL)',
          )
        } else if (catalogue.stale) {
          const age = formatAge(catalogue.fetched_at, Date.now())
          const when = age === 'now' ? 'of a moment ago' : `${age} old`
          say(`the gateway does not answer; this list is stale (${when})`)
        }
        if (options.json) return printJson(catalogue)
        if (catalogue.data.length === 0) say('the gateway has no models')
        const { columns } = process.stdout
        printList(catalogue.data, columns < roomy ? narrowListing : listing, env)
      }),
    )
}

/** From so many cells on there is room for every column and for words. */
const roomy = 110

const listing: Listing<Model> = {
  columns: [
    { title: 'MODEL', elastic: 28, cut: 'middle' },
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

/** Without the longest answer: the name needs the room. */
const narrowListing: Listing<Model> = {
  ...listing,
  columns: [
    { title: 'MODEL', elastic: 20, cut: 'middle' },
    { title: 'PROVIDER', elastic: 8 },
    { title: 'CONTEXT', align: 'right' },
    { title: '$ IN', align: 'right' },
    { title: '$ OUT', align: 'right' },
    { title: 'CAN' },
  ],
  forTerminal: (model) => [
    model.id,
    model.litellm_provider ?? '-',
    formatTokens(model.context_window),
    formatPrice(model.prices.input),
    formatPrice(model.prices.output),
    abilityMarks(model).trim() === '' ? '-' : abilityMarks(model),
  ],
  legend: abilityLegend,
}
