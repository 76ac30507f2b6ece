/** The moments of a turn's life at which a fault could leave something half done. */
export type CrashPointName =
  | 'after-session-lock'
  | 'after-start-commit'
  | 'before-upstream-connect'
  | 'after-upstream-headers'
  | 'after-first-delta-parsed'
  | 'before-batch-commit'
  | 'after-batch-commit-before-emit'
  | 'after-emit'
  | 'between-phases'
  | 'after-finish-reason-before-finish-tx'
  | 'inside-finish-tx'
  | 'after-finish-commit-before-terminal-emit'
  | 'during-lease-renew'
  | 'during-sweep'
  | 'during-stop'
  | 'during-delete'
  | 'during-drain'

/**
 * Where the fault suites break a daemon: their build puts another module in place of this one. In
 * every other build it is a constant, so that the bundler leaves out each `if (crashPoint)`.
 */
export const crashPoint = undefined as ((name: CrashPointName) => Promise<void>) | undefined
