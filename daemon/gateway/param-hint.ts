import { type Params, paramNames } from '../../shared/contract/param-table.js'
import type { ErrorText } from './error-message.js'

/**
 * What to do about a request that was refused because of a parameter: only those that were sent count,
 * since words like `stop` are in many sentences. Undefined when the refusal names none.
 */
export function paramHint(
  { raw, param }: Pick<ErrorText, 'raw' | 'param'>,
  sent: Params = {},
): string | undefined {
  const named = paramNames.filter((name) => {
    if (sent[name] === undefined) return false
    return param === name || new RegExp(String.raw`(?<![\w])${name}(?![\w])`, 'i').test(raw)
  })
  const [first] = named
  if (first === undefined) return undefined
  const name = named.length === 1 ? first : 'NAME'
  const asked = `c2a ask -o ${name}=, or /set ${name} in the chat`
  return `Change ${named.join(' or ')}, or leave it out: ${asked}; where a role has it: c2a roles edit ROLE -o ${name}=`
}
