/** Remembers the last result: what is made of the same things is the same thing. */
export function memo<Args extends readonly unknown[], Result>(
  make: (...args: Args) => Result,
): (...args: Args) => Result {
  let last: { args: Args; result: Result } | undefined
  return (...args) => {
    const known = last
    if (known?.args.every((arg, index) => Object.is(arg, args[index]))) return known.result
    const result = make(...args)
    last = { args, result }
    return result
  }
}
