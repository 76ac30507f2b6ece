import { createHash } from 'node:crypto'
import { ProblemError } from '../../shared/contract/problem.js'

export interface BackupCounts {
  /** An older daemon says nothing of them. */
  people?: number
  roles: number
  sessions: number
  messages: number
}

interface EndLine extends BackupCounts {
  type: 'end'
  sha256: string
}

export interface Verifier {
  push(chunk: Uint8Array): void
  /** Messages so far. */
  messages(): number
  /** What the file says that it holds. Throws ProblemError when it is not whole. */
  end(): BackupCounts
}

const newline = 0x0a
const messageStart = '{"type":"message"'

/** Holds a file against its own last line, as it comes. Remembers no more than two lines of it. */
export function createVerifier(): Verifier {
  const hash = createHash('sha256')
  let parts: Buffer[] = []
  let last: Buffer | undefined
  let messages = 0
  const take = (line: Buffer): void => {
    if (last !== undefined) hash.update(last).update('\n')
    if (line.subarray(0, messageStart.length).toString('latin1') === messageStart) messages += 1
    last = line
  }
  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      let from = 0
      for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, from)) {
        take(Buffer.concat([...parts, bytes.subarray(from, at)]))
        parts = []
        from = at + 1
      }
      if (from < bytes.length) parts.push(Buffer.from(bytes.subarray(from)))
    },
    messages: () => messages,
    end() {
      const end = parts.length === 0 && last !== undefined ? readEnd(last) : undefined
      if (end === undefined) throw new ProblemError('daemon_unreachable', 'the export broke off')
      if (end.sha256 === hash.digest('hex') && end.messages === messages) return end
      throw new ProblemError('internal', 'the export does not match its own hash')
    },
  }
}

function readEnd(line: Buffer): EndLine | undefined {
  try {
    const value: EndLine = JSON.parse(line.toString('utf8'))
    return value.type === 'end' ? value : undefined
  } catch {
    return undefined
  }
}
