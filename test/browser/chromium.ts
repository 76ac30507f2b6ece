import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Chromium's own file: C2A_CHROMIUM, or where systems put it; undefined: there is none. */
export const chromiumPath: string | undefined = [
  process.env['C2A_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find(existsSync)

/**
 * Starts Chromium with a profile of its own.
 *
 * @param names - host names, each with the port of 127.0.0.1 that it leads to, whatever port a page names
 */
export function startChromium(names: Record<string, number> = {}): Promise<Browser> {
  const rules = Object.entries(names).map(([name, port]) => `MAP ${name} 127.0.0.1:${port}`)
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: [
      // It does not run as root otherwise, and opens no page but ours.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(rules.length > 0 ? [`--host-resolver-rules=${rules.join(',')}`] : []),
    ],
  })
}
