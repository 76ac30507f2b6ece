import { pause } from '../../shared/client/pause.js'
import type { Model } from '../../shared/contract/model.js'
import { gatewayError } from './errors.js'
import type { ChatRequest, GatewayEvent } from './types.js'

/** The built-in demo's model id. */
export const offlineModelId = 'offline/demo'

/** How the catalogue lists the demo while there is nothing else. */
export const offlineModel: Model = {
  id: offlineModelId,
  litellm_provider: 'offline',
  mode: 'chat',
  context_window: null,
  max_output: null,
  prices: { input: 0, output: 0 },
  vision: false,
  tools: false,
  reasoning: false,
  deployments: 1,
}

/**
 * Answers like a model, word by word, and says in every answer that it is none. There is no usage:
 * nothing counted tokens. `url` is where a gateway was looked for, `wordMs` the pause between words.
 */
export async function* offlineAnswer(
  request: ChatRequest,
  signal: AbortSignal,
  options: { url: string; wordMs: number },
): AsyncGenerator<GatewayEvent> {
  yield { type: 'open', status: 200 }
  let partial = false
  for (const [word] of offlineText(request, options.url).matchAll(/\s*\S+\s*/g)) {
    if (options.wordMs > 0) await pause(options.wordMs, signal)
    if (signal.aborted) {
      const error = gatewayError('cancelled', 'stopped', { url: options.url })
      yield { type: 'error', error, partial }
      return
    }
    partial = true
    yield { type: 'text', text: word }
  }
  yield { type: 'done', finish: 'stop', complete: true }
}

const maxQuoted = 8

/** The whole answer, for one request. */
function offlineText(request: ChatRequest, url: string): string {
  const asked = request.messages.findLast((one) => one.role === 'user')?.content ?? ''
  const words = asked.trim().split(/\s+/).slice(0, maxQuoted)
  // Backticks and line ends would break out of the quotation.
  const quoted = words.join(' ').replaceAll('`', "'").slice(0, 80)
  const turns = request.messages.filter((one) => one.role === 'user').length
  return `This is the **offline demo** (\`${offlineModelId}\`), not a model: it understands nothing of what you write. It answers where it is asked for by name, and in the chat while no gateway answers (looked for at ${url}).

- You sent ${[...asked].length} characters, beginning: \`${quoted}\`
- This chat has ${turns === 1 ? '1 question' : `${turns} questions`} so far
- History, search, roles and plan mode work as usual

To talk to a real model, let c2a install a small one here, or start LiteLLM (or any OpenAI-compatible server) and say where it is:

\`\`\`sh
c2a stack up --local-model
c2a config set gateway.url http://127.0.0.1:4000
\`\`\`
`
}
