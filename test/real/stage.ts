import { createHome, type Home } from '../service/home.js'
import { type LiteLLM, startLiteLLM } from '../service/litellm.js'
import { type Model, startModel } from './model.js'

/** Nothing is scripted here: c2a -> daemon -> Postgres, and LiteLLM in front of a model. */
export interface Stage {
  readonly model: Model
  readonly home: Home
  dispose(): Promise<void>
}

/** Does not end by itself before its context is full, so that a test can stop it for certain. */
export const endless = 'endless'

/** `local` is the row of litellm/config.yaml, as a user of llama.cpp has it. */
export async function openStage(): Promise<Stage> {
  let model: Model | undefined
  let litellm: LiteLLM | undefined
  let home: Home | undefined
  const dispose = async (): Promise<void> => {
    await home?.dispose()
    await litellm?.dispose()
    await model?.close()
  }
  try {
    model = await startModel()
    const api_base = `${model.url}/v1`
    const params = { model: `openai/${endless}`, api_base, api_key: 'none', max_tokens: 2_000 }
    litellm = await startLiteLLM({
      rows: [
        {
          model_name: endless,
          litellm_params: { ...params, extra_body: { ignore_eos: true } },
          model_info: { mode: 'chat' },
        },
      ],
      env: { LOCAL_API_BASE: api_base },
    })
    home = createHome({ LITELLM_ENDPOINT: litellm.url, LITELLM_API_KEY: litellm.key })
    return { model, home, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
