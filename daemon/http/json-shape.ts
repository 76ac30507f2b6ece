import { ProblemError } from '../../shared/contract/problem.js'

/** No request of ours nests deeper, or has more values. */
const deepest = 32
/** Nor may so many be wrong at once that zod cannot tell them: a call takes no more arguments than the stack. */
const mostValues = 100_000

/**
 * Refuses JSON that would cost far more to parse than to send: thirty million brackets are gigabytes
 * of objects, and the parser stops the whole daemon meanwhile. Throws ProblemError `invalid_request`.
 */
export function checkShape(json: string): void {
  let depth = 0
  let values = 0
  for (let index = 0; index < json.length; index++) {
    const unit = json.charCodeAt(index)
    if (unit === quote) {
      index = endOfString(json, index)
      if (index === -1) return
    } else if (unit === openBrace || unit === openBracket) {
      depth += 1
      values += 1
    } else if (unit === closeBrace || unit === closeBracket) depth -= 1
    else if (unit === comma) values += 1
    if (depth > deepest) throw refused(`is nested deeper than ${deepest} levels`)
    if (values > mostValues) throw refused(`has more than ${mostValues} values`)
  }
}

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Where the string that begins at `start` ends; -1 when it does not, which the parser will say. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let escapes = end - 1
    while (json.charCodeAt(escapes) === backslash) escapes -= 1
    if ((end - 1 - escapes) % 2 === 0) return end
  }
  return -1
}

function refused(what: string): ProblemError {
  return new ProblemError('invalid_request', `the body ${what}`)
}
