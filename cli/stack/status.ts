/** One part of the stack, local or in a container; what is not known is left out. */
export interface PartStatus {
  readonly name: string
  readonly state: 'well' | 'unwell' | 'stopped' | 'missing' | 'elsewhere'
  readonly version?: string
  readonly address?: string
  readonly pid?: number
  /** A path; in containers the command that shows it. */
  readonly log?: string
  readonly note?: string
}

export interface StackStatus {
  readonly mode: 'local' | 'compose'
  readonly parts: readonly PartStatus[]
}

/** Nothing that should run does not. */
export function isAllWell({ parts }: StackStatus): boolean {
  const runs = parts.some(({ name, state }) => name.startsWith('daemon') && state === 'well')
  return runs && parts.every(({ state }) => state !== 'unwell' && state !== 'stopped')
}
