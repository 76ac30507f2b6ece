import type { BannerProps } from '../panes/banner.js'
import type { State } from '../state/state.js'

type View = Omit<BannerProps, 'theme' | 'width' | 'height'>

/** Nothing stands in for a model that was chosen: what is asked fails, and says the same. */
const gatewayAway: View = {
  tone: 'warn',
  text: 'The gateway does not answer',
  action: 'c2a doctor says why',
}

/** The one line that matters most now: what hinders, and what to do about it. */
export function bannerView(state: State, now: number): View | undefined {
  const { hint, link, catalogue, isGatewayAway, queue } = state
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
  if (catalogue?.source !== 'offline') return isGatewayAway ? gatewayAway : undefined
  return {
    tone: 'warn',
    text: 'No gateway; offline/demo answers',
    // For who has neither key nor gateway, and for who has one.
    action: 'c2a stack up --local-model · c2a config set gateway.url URL',
  }
}
