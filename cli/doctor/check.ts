/** One line of `c2a doctor`, and of its JSON. */
export interface Check extends Finding {
  id: CheckId
  title: string
}

export type CheckId = keyof typeof titles

/** `skip`: it was not looked at, because something that it needs is missing or unwanted. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip'

export interface Finding {
  status: CheckStatus
  detail: string
  /** A command or a sentence a line. */
  fix?: string
}

/** In the order in which they are printed. */
export const titles = {
  node: 'Node',
  home: 'Home',
  settings: 'Settings',
  terminal: 'Terminal',
  daemon: 'Daemon',
  database: 'Database',
  gateway: 'Gateway',
  models: 'Models',
  answer: 'Answer',
} as const

export const checkIds = Object.keys(titles) as CheckId[]

export function ok(detail: string): Finding {
  return { status: 'ok', detail }
}

export function warn(detail: string, fix: string): Finding {
  return { status: 'warn', detail, fix }
}

export function fail(detail: string, fix: string): Finding {
  return { status: 'fail', detail, fix }
}

export function notChecked(why: string): Finding {
  return { status: 'skip', detail: `not checked: ${why}` }
}

const weight: Readonly<Record<CheckStatus, number>> = { fail: 0, warn: 1, skip: 2, ok: 3 }

/** Several findings as one: what is wrong comes first, and decides. */
export function combined(findings: readonly Finding[]): Finding {
  const sorted = findings.toSorted((a, b) => weight[a.status] - weight[b.status])
  const fixes = sorted.flatMap(({ fix }) => (fix === undefined ? [] : [fix]))
  return {
    status: sorted[0]?.status ?? 'ok',
    detail: sorted.map(({ detail }) => detail).join('; '),
    ...(fixes.length > 0 && { fix: [...new Set(fixes)].join('\n') }),
  }
}
