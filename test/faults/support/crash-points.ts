import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { CrashPointName } from '../../../daemon/crash-point.js'

/*
 * Takes the place of daemon/crash-point.ts in the build that crash-control.ts makes: at each point the
 * daemon says where it is and waits for the test's word.
 */

function controlledBy(path: string) {
  const answers = new Map<string, (word: string) => void>()
  let asked = 0
  const control = connect(path).unref()
  createInterface(control).on('line', (line) => {
    const [id = '', word = ''] = line.split(' ')
    answers.get(id)?.(word)
  })
  // The test has gone: whoever is held may go on.
  const release = (): void => {
    for (const answer of answers.values()) answer('go')
  }
  control.on('error', release)
  control.on('close', release)

  return async (name: CrashPointName): Promise<void> => {
    if (!control.writable) return
    const id = String(++asked)
    const word = await new Promise<string>((resolve) => {
      answers.set(id, resolve)
      control.write(`${id} ${name}\n`)
    })
    answers.delete(id)
    if (word === 'throw') throw new Error(`thrown at ${name}`)
  }
}

const path = process.env['C2A_CRASH_SOCKET']

/** Without a control it is what it is in every daemon. */
export const crashPoint = path === undefined ? undefined : controlledBy(path)
