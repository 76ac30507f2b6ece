import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Part, Tools } from '../part.js'
import { makeEnvironment } from './environment.js'
import { isWellAt } from './http-well.js'

/** What litellm/config.yaml says of `local`, and the most that the model was trained for. */
const context = '8192'
const longest = '1024'
/** Its authors' advice; at 0 so small a model goes round in circles. */
const temperature = '0.2'

/** A small real model on llama.cpp's server: `local` of litellm/config.yaml. */
export function modelPart(tools: Tools): Part {
  const { place, env } = tools
  return {
    name: 'model',
    title: 'the local model',
    of: JSON.stringify([context, longest, temperature]),
    port: 8_080,
    patienceMs: 90_000,
    leaving: { ms: 5_000 },
    address: (port) => `http://127.0.0.1:${port}`,
    isWell: (port) => isWellAt(`http://127.0.0.1:${port}/health`),
    async prepare(port) {
      const python = await makeEnvironment(tools, 'local-model')
      if (typeof python !== 'string') return python
      const threads = String(Math.max(1, Math.floor(availableParallelism() / 2)))
      const script = join(place.packageRoot, 'litellm', 'local-model.py')
      const options = [
        '--port',
        String(port),
        '--context',
        context,
        '--longest',
        longest,
        '--temperature',
        temperature,
      ]
      const args = [script, ...options, '--threads', threads]
      return { command: python, args, env, version: 'SmolLM2-135M-Instruct' }
    },
  }
}
