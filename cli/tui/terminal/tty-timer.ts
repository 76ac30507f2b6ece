/** Calls `run` once after so many milliseconds, unless what it returns is called before. */
export type Timer = (run: () => void, ms: number) => () => void

export const timer: Timer = (run, ms) => {
  const handle = setTimeout(run, ms)
  return () => clearTimeout(handle)
}
