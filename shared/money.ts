/** For costs far below a cent: so many digits that say something, and so many decimals at most. */
const leastDigits = 2
const mostDecimals = 8

/**
 * US dollars in few characters: cents where there are some, more decimals the less it is; `~` before
 * what was estimated.
 */
export function formatDollars(dollars: number, isEstimated = false): string {
  return `${isEstimated ? '~' : ''}${amountOf(dollars)}`
}

function amountOf(dollars: number): string {
  if (dollars === 0) return '$0'
  if (dollars >= 0.1) return `$${dollars.toFixed(2)}`
  if (dollars >= 0.001) return `$${dollars.toFixed(4)}`
  const decimals = Math.min(mostDecimals, leastDigits - 1 - Math.floor(Math.log10(dollars)))
  const text = dollars.toFixed(Math.max(4, decimals)).replace(/(\.\d{4}\d*?)0+$/, '$1')
  return Number(text) === 0 ? `<$${(10 ** -mostDecimals).toFixed(mostDecimals)}` : `$${text}`
}
