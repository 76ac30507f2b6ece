import type { SlashArgument } from './command.js'

/** What is typed for one argument of a command. Offsets are UTF-16 units of the line. */
export interface TypedArgument {
  /** Without its quotes. */
  readonly value: string
  readonly start: number
  readonly end: number
  /** False after a quote that nothing ends. */
  readonly closed: boolean
}

/**
 * Splits a line from `from` on by what its command takes. `extra` is where something begins that no
 * argument takes.
 */
export function readArguments(
  args: readonly SlashArgument[],
  line: string,
  from: number,
): { typed: TypedArgument[]; extra: number | undefined } {
  const typed: TypedArgument[] = []
  let position = skipSpace(line, from)
  for (const { rest, verbatim } of args) {
    if (position >= line.length) break
    const argument = rest ? readRest(line, position, verbatim) : readWord(line, position)
    typed.push(argument)
    position = skipSpace(line, argument.end)
  }
  return { typed, extra: position < line.length ? position : undefined }
}

/** A value as one types it for an argument; undefined when no way of quoting gives it. */
export function quoteArgument(
  argument: Pick<SlashArgument, 'rest'>,
  value: string,
): string | undefined {
  const ways = [value, `"${value}"`, `'${value}'`]
  return ways.find((typed) => {
    if (typed !== typed.trim() || typed === '') return false
    const read = argument.rest ? readRest(typed, 0) : readWord(typed, 0)
    return read.closed && read.value === value && read.end === typed.length
  })
}

/** A quoted word ends at its quote before a space, so that names may have quotes inside. */
function readWord(line: string, start: number): TypedArgument {
  const quote = quoteAt(line, start)
  if (quote === undefined) {
    const end = endOfWord(line, start)
    return { value: line.slice(start, end), start, end, closed: true }
  }
  for (let at = line.indexOf(quote, start + 1); at !== -1; at = line.indexOf(quote, at + 1)) {
    if (endOfWord(line, at + 1) !== at + 1) continue
    return { value: line.slice(start + 1, at), start, end: at + 1, closed: true }
  }
  return { value: line.slice(start + 1), start, end: line.length, closed: false }
}

/** The rest of a line has no use for quotes; a pair around all of it is taken off nevertheless. */
function readRest(line: string, start: number, verbatim?: true): TypedArgument {
  const value = line.slice(start).trimEnd()
  const quote = verbatim ? undefined : quoteAt(value, 0)
  const isQuoted = quote !== undefined && value.length > 1 && value.endsWith(quote)
  return {
    value: isQuoted ? value.slice(1, -1) : value,
    start,
    end: line.length,
    closed: true,
  }
}

function quoteAt(line: string, at: number): string | undefined {
  const char = line[at]
  return char === '"' || char === "'" ? char : undefined
}

/** Where the next white space is, or the end. */
export function endOfWord(line: string, from: number): number {
  const space = /\s/g
  space.lastIndex = from
  return space.exec(line)?.index ?? line.length
}

function skipSpace(line: string, from: number): number {
  const other = /\S/g
  other.lastIndex = from
  return other.exec(line)?.index ?? line.length
}
