import type { Colour } from './picture-grid.js'

/** The colours of a terminal and of the window around it, as CSS has them. */
export interface Look {
  readonly ink: string
  readonly ground: string
  readonly bar: string
  readonly edge: string
  readonly label: string
  /** The first 16 of the table, which every terminal chooses for itself. */
  readonly ansi: readonly string[]
}

export const looks: Readonly<Record<'dark' | 'light', Look>> = {
  dark: {
    ...{ ink: '#d4d8df', ground: '#15181e', bar: '#20242c', edge: '#343a45', label: '#9aa3b0' },
    ansi: [
      ...['#1c2027', '#f07178', '#a5d46a', '#f5c76a', '#6cb6ff', '#d58fe6', '#63d4d1', '#c8ccd4'],
      ...['#6b7480', '#ff8b92', '#bdf08b', '#ffdc8b', '#8cc8ff', '#e8a9f5', '#86e8e5', '#ffffff'],
    ],
  },
  light: {
    ...{ ink: '#1f2328', ground: '#ffffff', bar: '#f0f2f5', edge: '#d0d7de', label: '#59636e' },
    ansi: [
      ...['#24292f', '#cf222e', '#116329', '#7d4e00', '#0969da', '#8250df', '#1b7c83', '#6e7781'],
      ...['#57606a', '#a40e26', '#1a7f37', '#633c01', '#218bff', '#a475f9', '#3192aa', '#8c959f'],
    ],
  },
}

/** A cell's colour in CSS. Throws for a number that the table of 256 does not have. */
export function cssColour(colour: Colour, look: Look): string {
  if (colour === 'ink' || colour === 'ground') return look[colour]
  if (typeof colour === 'string') return colour
  if (colour < 16) return look.ansi[colour] ?? look.ink
  if (colour < 232) return hex(cubeChannels(colour - 16))
  if (colour > 255) throw new Error(`there is no colour ${colour}`)
  const grey = 8 + (colour - 232) * 10
  return hex([grey, grey, grey])
}

function cubeChannels(index: number): number[] {
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40)
  return [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map(level)
}

function hex(channels: readonly number[]): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
