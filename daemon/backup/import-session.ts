import { createHash } from 'node:crypto'
import type { PoolClient } from 'pg'
import type {
  Line,
  MessageLine,
  SessionLine,
  TextLine,
  TurnLine,
} from '../../shared/contract/backup-line.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { transactionOn } from '../store/bulk.js'
import { mergeSession, type SessionMerge } from '../store/merge-session.js'
import { isTooLong, joinTexts, type StagedKind, stage } from '../store/stage-rows.js'
import { createLinks } from './links.js'
import type { FileLine } from './read-lines.js'

/** So much of a session is held before it is staged, bytes. */
const heldBytes = 2 * 1024 * 1024
/** As long as the longest answer: kilobytes of a compressed file may be gigabytes of text. */
const mostCharacters = 256 * 1024 * 1024

export interface SessionImport {
  add(line: TurnLine | MessageLine | TextLine, raw: FileLine): Promise<void>
  /** Takes the session over as a whole. Throws ProblemError when it is not what its last line says. */
  end(line: Extract<Line, { type: 'session_end' }>): Promise<SessionMerge>
}

interface Options {
  client: PoolClient
  line: SessionLine
  raw: FileLine
  owner: string
  roleId: string | null
  /** Empties the stage of so many rows. */
  clear(rows: number): Promise<void>
}

export function beginSession(options: Options): SessionImport {
  const { client, line, raw, owner, roleId, clear } = options
  const hash = createHash('sha256')
  const counts = { turns: 0, messages: 0, texts: 0 }
  let held: Record<StagedKind, object[]> = { turns: [], messages: [], texts: [] }
  let bytes = 0
  const variants = createLinks('variant_of')
  const retries = createLinks('retry_of')

  const flush = async (): Promise<void> => {
    const { turns, messages, texts } = held
    await stage(client, 'turns', turns)
    await stage(client, 'messages', messages)
    await stage(client, 'texts', texts)
    held = { turns: [], messages: [], texts: [] }
    bytes = 0
  }
  const see = (seen: FileLine): void => {
    hash.update(seen.bytes).update('\n')
    bytes += seen.bytes.length
  }
  see(raw)

  return {
    async add(row, seen) {
      see(seen)
      if (row.type === 'message') variants.add(seen.n, row.id, row.variant_of)
      if (row.type === 'turn') retries.add(seen.n, row.id, row.retry_of)
      const kind = kinds[row.type]
      counts[kind] += 1
      held[kind].push(row)
      if (bytes > heldBytes) await flush()
    },
    async end({ turns, messages, sha256 }) {
      if (counts.turns !== turns || counts.messages !== messages) {
        throw broken(line, 'does not have as many turns and messages as it says')
      }
      if (hash.digest('hex') !== sha256) throw broken(line, 'does not match its hash')
      await flush()
      return transactionOn(client, async () => {
        if (counts.texts > 0 && (await isTooLong(client, mostCharacters))) {
          throw broken(line, 'has a message that is longer than 256 MiB')
        }
        if (counts.texts > 0 && !(await joinTexts(client))) {
          throw broken(line, 'has a text of a message that is not there')
        }
        const merged = await mergeSession(client, line, owner, roleId)
        await clear(counts.turns + counts.messages + counts.texts)
        return merged
      })
    },
  }
}

const kinds = { turn: 'turns', message: 'messages', text: 'texts' } as const

function broken({ id }: SessionLine, what: string): ProblemError {
  return new ProblemError(
    'invalid_request',
    `session ${id} ${what}: the file was changed or damaged`,
  )
}
