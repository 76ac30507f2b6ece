import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Streams as servers send them, a file each in recorded/. Those of LiteLLM 1.106.2 are recorded, in
 * front of the scripted upstream; the others are written from what was seen of those servers.
 */

const directory = join(import.meta.dirname, 'recorded')

export const recordedNames = (): string[] =>
  readdirSync(directory).map((file) => file.replace(/\.sse$/, ''))

/** The bytes of one of them. */
export const recordedStream = (name: string): Buffer => readFileSync(join(directory, `${name}.sse`))
