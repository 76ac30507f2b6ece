import type { BannerProps } from '../panes/banner.js'
import type { State } from '../state/state.js'

type View = Omit<BannerProps, 'theme' | 'width' | 'height'>

/** The one line that matters most now: what hinders, and what to do about it. */
export function bannerView(state: State, now: number): View | undefined {
  const { hint, link, catalogue, queue } = state
  if (hint !== undefined) return { tone: 'warn', text: hint }
  if (link.kind === 'lost') {
    const { problem, retryAt } = link
    const retryIn = retryAt === undefined ? undefined : Math.ceil((retryAt - now) / 1_000)
    return {
      tone: 'error',
      text: problem.message,
      action: '^R now',
      ...(retryIn !== undefined && { retryIn: Math.max(1, retryIn) }),
    }
  }
  if (queue.length > 0) {
    return { tone: 'info', text: `Sent after this answer: ${queue.join(' / ')}`, action: '↑ edits' }
  }
  if (catalogue?.source !== 'offline') return undefined
  return {
    tone: 'warn',
    text: 'No gateway; offline/demo answers',
    // For who has neither key nor gateway, and for who has one.
    action: 'c2a stack up --local-model · c2a config set gateway.url URL',
  }
}
