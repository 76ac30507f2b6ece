/**
 * The palettes: SGR parameters by meaning. Colours are of the 256-colour table, which every
 * terminal with more than 16 colours has, so truecolor needs no palettes of its own.
 * The `*_CODE` tables are by highlight.js class, as cli-highlight reads it (up to the first dash).
 */
const SHARED = { strong: '1', em: '3', del: '9', code: '', tableHead: '1', selection: '7' }

export const DARK = {
  ...SHARED,
  ...{ dim: '38;5;245', accent: '38;5;75', ok: '38;5;114', warn: '38;5;221', error: '38;5;210' },
  ...{ border: '38;5;240', borderFocus: '38;5;75', title: '1;4;38;5;81', heading: '1;38;5;81' },
  ...{ codespan: '38;5;222', link: '38;5;75', url: '38;5;245', html: '38;5;245' },
  ...{ quote: '3;38;5;250', quoteBar: '38;5;240', bullet: '38;5;75', rule: '38;5;240' },
  ...{ tableBorder: '38;5;240', match: '1;4;38;5;221' },
}

export const LIGHT: typeof DARK = {
  ...SHARED,
  ...{ dim: '38;5;242', accent: '38;5;26', ok: '38;5;28', warn: '38;5;130', error: '38;5;124' },
  ...{ border: '38;5;247', borderFocus: '38;5;26', title: '1;4;38;5;25', heading: '1;38;5;25' },
  ...{ codespan: '38;5;130', link: '38;5;26', url: '38;5;242', html: '38;5;242' },
  ...{ quote: '3;38;5;239', quoteBar: '38;5;247', bullet: '38;5;26', rule: '38;5;247' },
  ...{ tableBorder: '38;5;247', match: '1;4;38;5;130' },
}

export const ANSI16: typeof DARK = {
  ...SHARED,
  ...{ dim: '2', accent: '36', ok: '32', warn: '33', error: '31' },
  ...{ border: '2', borderFocus: '36', title: '1;4;36', heading: '1;36' },
  ...{ codespan: '33', link: '36', url: '2', html: '2' },
  ...{ quote: '3', quoteBar: '2', bullet: '36', rule: '2', tableBorder: '2' },
  match: '1;4;33',
}

export const MONO: typeof DARK = {
  ...SHARED,
  ...{ dim: '2', accent: '1', ok: '', warn: '1', error: '1' },
  ...{ border: '2', borderFocus: '1', title: '1;4', heading: '1' },
  ...{ codespan: '1', link: '', url: '2', html: '2' },
  ...{ quote: '2', quoteBar: '2', bullet: '', rule: '2', tableBorder: '2' },
  match: '1;4',
}

type Role =
  | 'keyword'
  | 'type'
  | 'name'
  | 'value'
  | 'text'
  | 'note'
  | 'plus'
  | 'minus'
  | 'strong'
  | 'em'

// Every class that cli-highlight's own theme styles, so that none of its defaults shows through.
const ROLES: Readonly<Record<string, Role | undefined>> = {
  ...{ keyword: 'keyword', built_in: 'type', type: 'type', literal: 'value', number: 'value' },
  ...{ regexp: 'text', string: 'text', subst: undefined, symbol: 'value', class: undefined },
  ...{ function: undefined, title: 'name', params: undefined, comment: 'note', doctag: 'note' },
  ...{ meta: 'note', section: 'strong', tag: undefined, name: 'keyword', builtin: 'type' },
  ...{ attr: 'type', attribute: 'type', variable: 'name', bullet: 'keyword', code: 'text' },
  ...{ emphasis: 'em', strong: 'strong', formula: 'text', link: 'text', quote: 'note' },
  ...{ selector: 'keyword', template: 'name', addition: 'plus', deletion: 'minus' },
}

export const DARK_CODE = syntax({
  ...{ keyword: '38;5;176', type: '38;5;79', name: '38;5;75', value: '38;5;215', text: '38;5;114' },
  ...{ note: '38;5;245', plus: '38;5;114', minus: '38;5;210', strong: '1', em: '3' },
})
export const LIGHT_CODE = syntax({
  ...{ keyword: '38;5;90', type: '38;5;24', name: '38;5;26', value: '38;5;130', text: '38;5;28' },
  ...{ note: '38;5;242', plus: '38;5;28', minus: '38;5;124', strong: '1', em: '3' },
})
export const ANSI16_CODE = syntax({
  ...{ keyword: '35', type: '36', name: '34', value: '33', text: '32' },
  ...{ note: '2', plus: '32', minus: '31', strong: '1', em: '3' },
})
export const MONO_CODE = syntax({
  ...{ keyword: '1', type: '', name: '', value: '', text: '' },
  ...{ note: '2', plus: '', minus: '', strong: '1', em: '3' },
})

function syntax(styles: Readonly<Record<Role, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(ROLES).map(([name, role]) => [name, role ? styles[role] : ''])
  return Object.fromEntries(entries)
}
