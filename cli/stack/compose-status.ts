import type { PartStatus } from './status.js'

/** What we read of `docker compose ps --format json`. */
interface Container {
  Service?: string
  State?: string
  Health?: string
  Image?: string
  Publishers?: readonly { URL?: string; TargetPort?: number; PublishedPort?: number }[] | null
}

/** One array, or, from version 2.21 on, an object a line. */
export function parseContainers(text: string): PartStatus[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const found: Container[] = trimmed.startsWith('[')
    ? JSON.parse(trimmed)
    : trimmed.split('\n').map((line) => JSON.parse(line))
  return found.map(statusOf).sort((a, b) => a.name.localeCompare(b.name, 'en'))
}

function statusOf({ Service, State = '', Health = '', Image, Publishers }: Container): PartStatus {
  const name = Service ?? '?'
  const isWell = State === 'running' && (Health === '' || Health === 'healthy')
  const published = (Publishers ?? []).filter(({ PublishedPort }) => (PublishedPort ?? 0) > 0)
  const addresses = published.map(
    ({ URL, PublishedPort }) => `${URL || '0.0.0.0'}:${PublishedPort}`,
  )
  const version = Image === undefined ? undefined : /:([^:/@]+)(@|$)/.exec(Image)?.[1]
  const note = [State, Health].filter((word) => word !== '').join(', ')
  return {
    ...{ name, state: isWell ? 'well' : State === 'exited' ? 'stopped' : 'unwell' },
    ...(version !== undefined && { version }),
    ...(addresses.length > 0 && { address: [...new Set(addresses)].join(' ') }),
    log: `c2a stack logs ${name}`,
    ...(!isWell && note !== '' && { note }),
  }
}
