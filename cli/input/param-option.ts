import { Option } from 'commander'
import { aboutParam, paramNames } from '../../shared/contract/param-table.js'
import { addParam } from '../../shared/params.js'

/** -o NAME=VALUE, as often as one likes. What it gives is under `param`. */
export function paramOption(description: string): Option {
  return new Option('-o, --param <name=value>', description).argParser(addParam)
}

/** What there is to set, for the help of a command. */
export function paramHelp(): string {
  const width = Math.max(...paramNames.map((name) => name.length))
  const rows = paramNames.map((name) => `  ${name.padEnd(width)}  ${aboutParam(name)}`)
  const how =
    'Parameters for -o, in place of those that session and role have; NAME= leaves one out:'
  return ['', how, ...rows].join('\n')
}
