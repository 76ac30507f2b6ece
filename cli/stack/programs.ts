import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Environment } from '../../shared/settings.js'
import type { Run } from './engine.js'

/** Programs answer such questions at once, or their engine hangs, ms. */
const patienceMs = 15_000

/** Runs a program that only says something. */
export function asker(env: Environment): Run {
  return (program, args) =>
    new Promise((resolve) => {
      const options = { env, timeout: patienceMs, killSignal: 'SIGKILL' as const }
      execFile(program, args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined
        resolve({ code, stdout, stderr })
      })
    })
}

/** The path of a program on PATH. */
export function onPath(program: string, env: Environment): string | undefined {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, program))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
