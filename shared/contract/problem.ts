import { gatewayProblems, type ProblemEntry } from './gateway-problems.js'

/**
 * The one table of problem codes: what each means over HTTP (RFC 9457), what it tells the user to
 * do, and which exit code the CLI ends with. docs/errors.md is generated from it.
 */

const ofOurs = {
  invalid_request: { status: 400, title: 'The request is not valid', exit: 2 },
  model_required: {
    status: 400,
    title: 'No model is named',
    hint: 'Name one with -m MODEL, or set a default with: c2a config set model NAME',
    exit: 2,
  },
  unauthorized: {
    status: 401,
    title: 'The token is missing or wrong',
    hint: 'For a remote daemon set C2A_TOKEN; over HTTP send "Authorization: Bearer TOKEN".',
    exit: 4,
  },
  forbidden: { status: 403, title: 'Not allowed', exit: 4 },
  not_found: { status: 404, title: 'Not found', exit: 5 },
  role_exists: {
    status: 409,
    title: 'A role of this name exists',
    hint: 'Choose another name; c2a roles list shows those there are.',
    exit: 9,
  },
  session_busy: {
    status: 409,
    title: 'An answer is still running in this session',
    hint: 'Wait for its end; c2a attach SESSION shows it as it comes, and /stop there stops it.',
    exit: 9,
  },
  not_latest: {
    status: 409,
    title: 'Only the last answer can be given again',
    hint: 'Something was asked since; read the messages of the session again.',
    exit: 9,
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    hint: 'Use a new key for a new request.',
    exit: 9,
  },
  rate_limited_client: {
    status: 429,
    title: 'Too many requests',
    hint: 'Wait a little and try again; over HTTP, Retry-After says how long.',
    exit: 9,
  },
  import_conflict: {
    status: 409,
    title: 'Something in the file has an id that is taken here',
    hint: 'Nothing of this session was stored. The id belongs to something else on this instance.',
    exit: 9,
  },
  payload_too_large: { status: 413, title: 'The request is too large', exit: 2 },
  too_slow: {
    status: 408,
    title: 'The body comes too slowly',
    hint: 'Send the file again from a disk or a faster line: what is stored already is found, and not stored twice.',
    exit: 3,
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body must be JSON',
    hint: 'Send "Content-Type: application/json".',
    exit: 2,
  },
  cursor_expired: {
    status: 410,
    title: 'The cursor is too old',
    hint: 'Read the messages of the session instead.',
    exit: 5,
  },
  db_unavailable: {
    status: 503,
    title: 'The database is not reachable',
    hint: 'The daemon goes on when the database is back; c2a daemon logs says more.',
    exit: 3,
  },
  shutting_down: {
    status: 503,
    title: 'The daemon is shutting down',
    hint: 'Try again in a moment.',
    exit: 3,
  },
  session_deleted: {
    status: 410,
    title: 'The session was deleted',
    hint: 'c2a sessions list shows those there are.',
    exit: 7,
  },
  internal: {
    status: 500,
    title: 'Something went wrong in the daemon',
    hint: 'c2a daemon logs has the details under the request id.',
    exit: 1,
  },

  // Raised by clients only; never on the wire.
  daemon_unreachable: {
    status: 503,
    title: 'The daemon is not reachable',
    hint: 'c2a doctor says what is wrong; c2a daemon start starts it.',
    exit: 3,
  },
} as const satisfies Record<string, ProblemEntry>

const entries = { ...gatewayProblems, ...ofOurs }

export type ProblemCode = keyof typeof entries

/** The codes of what may go wrong between the daemon and a model. */
export const gatewayCodes = Object.keys(gatewayProblems) as (keyof typeof gatewayProblems)[]

export const problems: Readonly<Record<ProblemCode, ProblemEntry>> = entries

/** The body of every error, as `application/problem+json` (RFC 9457). */
export interface Problem {
  type: string
  title: string
  status: number
  code: ProblemCode
  detail: string
  hint?: string | undefined
  request_id?: string | undefined
  /** The same as one sentence, for clients that read only `error`. */
  error: string
  /** With `session_busy`: the turn to attach to. */
  turn_id?: string | undefined
}

/** What a `ProblemError` may carry beyond its code. */
export interface ProblemOptions {
  /** Replaces the table's hint. */
  hint?: string
  cause?: unknown
  turnId?: string
  /** Replaces the table's exit code in the CLI (usage errors found late). */
  exit?: number
}

/** The one error class that crosses module boundaries. `detail` is safe to show to users. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'

  /** By name: each lazily loaded file of the command line has a copy of this class. */
  static override [Symbol.hasInstance](value: unknown): value is ProblemError {
    return value instanceof Error && value.name === 'ProblemError' && 'code' in value
  }

  readonly code: ProblemCode
  readonly hint: string | undefined
  readonly turnId: string | undefined
  readonly exit: number

  constructor(code: ProblemCode, detail?: string, options: ProblemOptions = {}) {
    super(detail ?? problems[code].title, { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? problems[code].hint
    this.turnId = options.turnId
    this.exit = options.exit ?? problems[code].exit
  }

  /** The wire form. */
  toProblem(requestId?: string): Problem {
    const { status, title } = problems[this.code]
    return {
      type: `urn:c2a:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(this.hint && { hint: this.hint }),
      ...(requestId && { request_id: requestId }),
      error: this.message,
      ...(this.turnId && { turn_id: this.turnId }),
    }
  }
}
