import type { State } from './state.js'

type Chosen = Pick<State, 'session' | 'catalogue' | 'defaultModel'>

/** The model that would answer now: without a gateway the demo does, whatever is chosen. */
export function modelInUse({ session, catalogue, defaultModel }: Chosen): string | undefined {
  const isOffline = catalogue?.source === 'offline'
  if (session?.plan != null && !isOffline) return undefined
  const first = catalogue?.data[0]?.id
  return isOffline ? first : (session?.model ?? defaultModel ?? first)
}
