import { existsSync } from 'node:fs'
import { ProblemError } from '../../shared/contract/problem.js'
import { themeOf } from '../output/terminal-theme.js'
import { formatLogLine, readLog } from '../personal/logs.js'
import { localStatus } from './local-status.js'
import type { Tools } from './part.js'

export interface LogsOptions {
  readonly service: string | undefined
  readonly follow: boolean
  readonly lines: number
}

/** The logs of one part or of all, then with the part's name in front of each line. */
export async function localLogs(tools: Tools, { service, follow, lines }: LogsOptions) {
  const { stdout } = process
  const theme = themeOf(stdout, tools.env)
  const parts = await localStatus(tools)
  const chosen = parts.filter(({ name }) => service === undefined || name === service)
  if (chosen.length === 0) throw unknownService(service, parts)
  const found = chosen.flatMap(({ name, log }) => (log && existsSync(log) ? [{ name, log }] : []))
  if (found.length === 0) throw new ProblemError('not_found', 'there is no log yet')
  const width = Math.max(...found.map(({ name }) => name.length))
  const read = ({ name, log }: { name: string; log: string }) =>
    readLog(log, {
      ...{ lines, follow },
      write(line) {
        const head = service === undefined ? `${name.padEnd(width)} | ` : ''
        stdout.write(`${head}${stdout.isTTY ? formatLogLine(line, theme) : line}\n`)
      },
    })
  if (follow) await Promise.all(found.map(read))
  else for (const one of found) await read(one)
}

export function unknownService(
  service: string | undefined,
  parts: readonly { name: string }[],
): ProblemError {
  return new ProblemError('not_found', `the stack has no service "${service}"`, {
    hint: `It has ${parts.map(({ name }) => name).join(', ')}.`,
  })
}
