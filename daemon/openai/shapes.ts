import type { Usage } from '../../shared/contract/message.js'
import type { Completion } from '../../shared/contract/openai.js'
import type { FinishReason } from '../gateway/types.js'

/** What every chunk of one answer, or the whole of it, begins with. */
export interface Head {
  id: string
  /** Seconds. */
  created: number
  model: string
}

export type Finish = Completion['choices'][number]['finish_reason']

/** A server that does not say why it ended has ended all the same. */
const finishOf = (finish: FinishReason): Finish => (finish === 'unknown' ? 'stop' : finish)

/** Without what we know beyond OpenAI. */
function bare({ prompt_tokens, completion_tokens, total_tokens }: Usage) {
  return { prompt_tokens, completion_tokens, total_tokens }
}

export function completionOf(
  head: Head,
  answer: { text: string; reasoning: string; finish: FinishReason; usage?: Usage | undefined },
): Completion {
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.text,
          ...(answer.reasoning !== '' && { reasoning_content: answer.reasoning }),
          refusal: null,
        },
        logprobs: null,
        finish_reason: finishOf(answer.finish),
      },
    ],
    ...(answer.usage && { usage: bare(answer.usage) }),
  }
}

type Delta =
  | { role: 'assistant'; content: '' }
  | { content: string }
  | { reasoning_content: string }
  | Record<string, never>

/** The frames of one answer. With `usage` every chunk has the field, as OpenAI's have. */
export function createChunks(head: Head, withUsage: boolean) {
  const chunk = (choices: object[], usage: object | null): string => {
    const { id, created, model } = head
    const object = 'chat.completion.chunk'
    const more = withUsage ? { usage } : {}
    return frame({ id, object, created, model, choices, ...more })
  }
  const choice = (delta: Delta, finish: Finish | null = null): string =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }], null)
  return {
    first: (): string => choice({ role: 'assistant', content: '' }),
    text: (text: string): string => choice({ content: text }),
    reasoning: (text: string): string => choice({ reasoning_content: text }),
    end: (finish: FinishReason, usage: Usage | undefined): string =>
      choice({}, finishOf(finish)) +
      (withUsage && usage !== undefined ? chunk([], bare(usage)) : ''),
  }
}

export function frame(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
