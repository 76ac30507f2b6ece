import type { Catalogue } from '../../../shared/contract/model.js'
import type { Role } from '../../../shared/contract/role.js'
import type { Session, SessionPatch } from '../../../shared/contract/session.js'
import type { Cost } from '../../session/read-cost.js'

/** One slash command. `/help`, the suggestions and docs/ come from these. */
export interface SlashCommand {
  /** Without the slash. */
  readonly name: string
  readonly summary: string
  readonly args: readonly SlashArgument[]
  /** Without its arguments it means something, too: a list to choose from, how things stand. */
  readonly bare?: true
  /** `args` are as `parseSlash` checked them. Throws ProblemError with what is wrong and what to do. */
  run(chat: SlashChat, args: readonly string[]): void | Promise<void>
}

export interface SlashArgument {
  readonly name: string
  /** Where its suggestions come from; a `value` is one of the parameter that stands before it, a `question` its number. */
  readonly kind: 'model' | 'role' | 'word' | 'command' | 'param' | 'value' | 'question'
  /** Of kind `word`: all it may be, in lower case. */
  readonly words?: readonly string[]
  /** What of it is set now, for its mark: the id of a model or of a role. */
  current?(session: Session): string | null | undefined
  /** Takes the rest of the line, spaces included; only the last one can. */
  readonly rest?: true
  readonly optional?: true
  /** Quotes around it belong to it. */
  readonly verbatim?: true
}

/** The chat as its commands see it. Reads are of this moment. */
export interface SlashChat {
  readonly session: Session
  readonly roles: readonly Role[]
  /** Undefined until it was read, or when it could not be. */
  readonly catalogue: Catalogue | undefined
  readonly commands: readonly SlashCommand[]
  /** Puts a line (or several) into the transcript; never stored. */
  notice(text: string, tone?: 'info' | 'warn' | 'error'): void
  /** Changes the session at hand in the daemon and here. Throws ProblemError. */
  patchSession(patch: SessionPatch): Promise<void>
  /** The text of the newest answer that has ended; undefined: there is none. Throws ProblemError. */
  lastAnswer(): Promise<string | undefined>
  /** Puts text into the clipboard; `unsure`: whether it got there is not known. Throws ProblemError. */
  copy(text: string): Promise<{ unsure: boolean }>
  /** What this session has cost, and today. Throws ProblemError. */
  readCost(): Promise<Cost>
  /** Opens a new session with the model, role, plan and parameters of this one. */
  newSession(): Promise<void>
  open(overlay: 'models' | 'roles' | 'sessions' | 'help'): void
  /** Looks through all messages, or opens the search with the words of the last time. Throws ProblemError. */
  search(text: string | undefined): void | Promise<void>
  theme: 'dark' | 'light'
  setTheme(theme: 'dark' | 'light'): void
  mouse: boolean
  setMouse(on: boolean): void
  /** Has the last message answered again; says so when that cannot be. */
  retry(): void
  /** Opens a copy of this session: of all, or up to the answer of a question counted from the end. Throws ProblemError. */
  fork(number: number | undefined): Promise<void>
  /** Puts a question, counted from the end, where one types, to be asked otherwise in a fork. Throws ProblemError. */
  edit(number: number): Promise<void>
  /** Stops the running answer; says so when there is none. */
  stop(): Promise<void>
  quit(): void
}
