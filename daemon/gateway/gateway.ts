import { createAnswers } from './answers.js'
import { createCatalogue } from './catalogue.js'
import { chat } from './chat.js'
import { createLocator } from './endpoint.js'
import { createGuard } from './guard.js'
import { createHttp } from './http.js'
import { offlineAnswer, offlineModel, offlineModelId } from './offline.js'
import type { GatewayOptions } from './options.js'
import { readStatus } from './status.js'
import type { Gateway, GatewayStatus } from './types.js'

const statusFreshMs = 2_000
/** How it stands is told soon; whoever needs its list waits for longer. */
const statusPatienceMs = 3_000

/** The only door to the models. No I/O before the first call. Throws TypeError when `url` is not an http(s) URL. */
export function createGateway(options: GatewayOptions): Gateway {
  const { key, timeouts, log } = options
  const { retryBaseMs = 500, offlineWordMs = 8 } = options
  const isGuarded = options.url === undefined || options.own === true
  const guard = isGuarded ? createGuard(log, { own: options.url !== undefined }) : undefined
  const http = createHttp(timeouts, options.proxy, guard)
  const locator = createLocator(http, options.url, options.probeUrls)
  const catalogue = createCatalogue({ http, locator, key, log })
  const { cost, closest } = catalogue
  const answers = createAnswers(http, locator)
  let status: { value: Promise<GatewayStatus>; at: number } | undefined

  return {
    chat(request, signal) {
      if (request.model === offlineModelId) {
        return offlineAnswer(request, signal, { url: locator.url, wordMs: offlineWordMs })
      }
      const shared = { http, locator, key, log, timeouts, retryBaseMs, cost, closest }
      return chat(request, signal, shared)
    },
    models: catalogue.get,
    // The demo is free, whatever the gateway lists.
    peek: (model) => (model === offlineModelId ? offlineModel : catalogue.peek(model)),
    status() {
      const now = performance.now()
      if (!status || now - status.at > statusFreshMs) {
        const patienceMs = Math.min(timeouts.catalogueMs, statusPatienceMs)
        status = { value: readStatus({ http, locator, key, patienceMs, answers }), at: now }
      }
      return status.value
    },
    answers,
    close: http.close,
  }
}
