import type { Deps } from './deps.js'

/**
 * Reads the models; with `refresh` the daemon asks the gateway again. A gateway that is away is no
 * error: the catalogue says so.
 */
export async function listModels(deps: Deps, refresh = false): Promise<void> {
  const { store } = deps
  store.dispatch({ type: 'models-asked' })
  try {
    await readModels(deps, refresh)
  } finally {
    if (store.state.isListing) store.dispatch({ type: 'models-listed', catalogue: undefined })
  }
}

/** The same without a sign that it is being done. */
export async function readModels({ store, link }: Deps, refresh = false): Promise<void> {
  const catalogue = await link.untilDone((client) => client.listModels(refresh))
  store.dispatch({ type: 'models-listed', catalogue })
}
