import type { Log } from '../log.js'
import type { Secret } from '../secret.js'

/** All in milliseconds. LiteLLM's own limits should stay below, so that its typed error comes first. */
export interface GatewayTimeouts {
  /** TCP and TLS, per try. */
  connectMs: number
  /** A whole GET: the catalogue, a health route. */
  catalogueMs: number
  /** From the request to the first text or reasoning, per try. */
  firstTokenMs: number
  /** Between two pieces of text or reasoning; keep-alive comments do not count. */
  tokenIdleMs: number
  /** A whole completion, retries included. */
  totalMs: number
}

/** Proxies as the environment names them. Loopback is never proxied. */
export interface ProxyOptions {
  httpsProxy?: string | undefined
  httpProxy?: string | undefined
  noProxy?: string | undefined
}

export interface GatewayOptions {
  /** The base URL, with or without `/v1`. Unset: the usual local addresses are probed. */
  url?: string | undefined
  key?: Secret | undefined
  /** It is our own: on this machine nobody but our user and root is asked, as where `url` is unset. */
  own?: boolean | undefined
  timeouts: GatewayTimeouts
  proxy?: ProxyOptions | undefined
  log: Log
  /** Where to look for LiteLLM when `url` is unset. */
  probeUrls?: readonly string[] | undefined
  /** First pause between two tries; it doubles. Default 500. */
  retryBaseMs?: number | undefined
  /** Pause between two words of `offline/demo`. Default 8. */
  offlineWordMs?: number | undefined
}

export const defaultProbeUrls: readonly string[] = [
  'http://127.0.0.1:4000',
  'http://127.0.0.1:4141',
]
