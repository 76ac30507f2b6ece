import { type SafeText, sanitise, sanitiseLine } from '../../text/sanitise.js'

const LINE_BREAK = /\r\n?/g

/**
 * Text as an editor holds it: line breaks are \n, tabs stay, anything a terminal must not get is a
 * visible mark. So what is seen is what is sent.
 */
export function cleanText(text: string): SafeText {
  return sanitise(text.replace(LINE_BREAK, '\n'))
}

/** `cleanText` for a field of one line: line breaks and tabs become a space. */
export function cleanLine(text: string): SafeText {
  return sanitiseLine(text.replace(LINE_BREAK, '\n'))
}
