import type { Environment } from '../../shared/settings.js'
import type { ClientConfig } from '../config.js'
import type { Run } from './engine.js'
import type { Variables } from './local-env.js'
import type { Place } from './place.js'
import type { Clock } from './wait.js'

/** What the commands get from cli/stack/stack.ts, which alone makes it. */
export interface Tools {
  readonly config: ClientConfig
  readonly place: Place
  readonly env: Environment
  readonly clock: Clock
  readonly ask: Run
  /** A line on stderr. */
  say(text: string): void
}

export type PartName = 'redis' | 'model' | 'litellm'

/** How to start a part, on the port that it shall have. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Environment
  /** What must not be seen in arguments. */
  readonly stdin?: string
  readonly version?: string
}

/** It cannot be started here: why, and what would help. */
export interface Missing {
  readonly why: string
  readonly fix: string
}

/** One local process of the stack beside the daemon. */
export interface Part {
  readonly name: PartName
  /** As people call it. */
  readonly title: string
  /** Everything that it depends on and that may change, as text: it is hashed. */
  readonly of: string
  /** The port when nobody else has it. */
  readonly port: number
  readonly patienceMs: number
  /** How long it may take to end, ms, and why it takes long. */
  readonly leaving: { readonly ms: number; readonly hint?: string }
  address(port: number): string
  isWell(port: number): Promise<boolean>
  /** May install what is needed, with its progress on stderr. */
  prepare(port: number): Promise<Launch | Missing>
}

/** The variables of the .env files that local processes read. */
export interface EnvFiles {
  readonly daemon: Variables
  readonly litellm: Variables
  readonly redis: Variables
}
