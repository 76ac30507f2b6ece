import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

/** The folder of the page that the tests open; its script is `calls.js`. */
export const pageFiles = fileURLToPath(new URL('page', import.meta.url))

/** Calls a function of the page's `calls`, such as `hostile.read`, with what JSON can hold. Gives what it resolves to. */
export function call(page: Page, name: string, ...args: unknown[]): Promise<unknown> {
  return page.evaluate(`calls.${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)
}
