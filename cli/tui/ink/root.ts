import { Writable } from 'node:stream'
import { type Instance, render } from 'ink'
import type { ReactNode } from 'react'

/** An Ink tree that is drawn to lines instead of to a terminal. */
export interface InkRoot {
  /**
   * The lines of an element in a box of this width; synchronous. What a component throws comes as
   * an unhandled rejection, which ends the program: Ink has caught it by then.
   */
  draw(element: ReactNode, width: number): readonly string[]
  close(): void
}

/**
 * Ink's own writer is not used: it clears the screen, cannot scroll and draws all of it for each
 * key. In debug mode Ink writes each frame whole, at once and without cursor movements, which makes
 * it a function from elements to lines.
 */
export function createInkRoot(): InkRoot {
  let frame = ''
  const stdout = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        frame = String(chunk)
        done()
      },
    }),
    { columns: 0, rows: 0 },
  )
  const stdin = Object.assign(new Writable(), { isTTY: false })
  let instance: Instance | undefined
  return {
    draw(element, width) {
      stdout.columns = width
      if (instance === undefined) {
        instance = render(element, {
          stdout: stdout as unknown as NodeJS.WriteStream,
          stdin: stdin as unknown as NodeJS.ReadStream,
          debug: true,
          exitOnCtrlC: false,
          patchConsole: false,
          isScreenReaderEnabled: false,
        })
        void instance.waitUntilExit()
      } else instance.rerender(element)
      return frame.split('\n')
    },
    close() {
      instance?.unmount()
      instance?.cleanup()
    },
  }
}
