import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { eventually } from '../support/eventually.js'

/** A language model on llama.cpp's server: small, slow, and nobody's script. */
export interface Model {
  /** Without `/v1`. */
  readonly url: string
  /** What it does now. It answers one question at a time. */
  slot(): Promise<Slot>
  /** Waits until it computes nothing any more, and says what it did. */
  idle(): Promise<Slot>
  close(): Promise<void>
}

/** As llama.cpp has it. */
interface Slot {
  is_processing: boolean
  /** The whole prompt, as its chat template made it. */
  prompt: string
  /** The last answer that it has ended by itself. */
  generated: string
}

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export async function startModel(): Promise<Model> {
  const { stdout } = await promisify(execFile)(file('scripts/local-model.sh'))
  const python = stdout.trim().split('\n').at(-1) ?? ''
  const child = spawn(python, [file('litellm/local-model.py')], {
    // Slots tell prompt and text only when asked to.
    env: { PATH: process.env['PATH'], LLAMA_SERVER_SLOTS_DEBUG: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const log: string[] = []
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('error', reject)
    void ended.then(() => reject(new Error(`the model did not start:\n${log.join('')}`)))
  })

  const slot = async (): Promise<Slot> => {
    const [first]: Slot[] = await (await fetch(`${url}/slots`)).json()
    if (first === undefined) throw new Error('the model has no slot')
    return first
  }
  return {
    url,
    slot,
    idle: () =>
      eventually(async () => {
        const now = await slot()
        if (now.is_processing) throw new Error('the model still computes')
        return now
      }),
    async close() {
      child.stdin.end()
      await ended
    },
  }
}
