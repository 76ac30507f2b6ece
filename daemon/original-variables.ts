import type { Environment } from '../shared/settings.js'
import type { Log } from './log.js'

/**
 * Variables of the original chat2anyllm that this daemon does not read, and what does their work. The
 * others have kept their names. docs/configuration.md comes from this, too.
 */
export const originalVariables: Readonly<Record<string, string>> = {
  CORS_ALLOW_ALL: 'no origin is allowed unseen: list them in ALLOWED_ORIGINS',
  JWT_SECRET: 'logins are tokens of the daemon, made by c2a token create',
  JWT_EXPIRES_IN: 'a token may have an end of its own: c2a token create --expires',
  DB_SSL_MODE:
    'it belongs into the URL: C2A_DATABASE_URL=postgres://…?sslmode=verify-full, or no-verify',
  DB_CONNECTION_TIMEOUT:
    'the daemon goes on trying: C2A_DATABASE_PATIENCE_MS is how long turns wait',
  DB_IDLE_TIMEOUT: 'nothing: idle connections are closed after 30 s',
  DB_MAX_CLIENTS: 'nothing: a daemon holds up to 22 connections',
  REDIS_URL:
    'only LiteLLM talks to Redis: REDIS_HOST, REDIS_PORT and REDIS_PASSWORD in its environment',
}

/** Says of each one that is set what replaces it. Never its value, which may be a secret. */
export function warnOfOriginalVariables(env: Environment, log: Pick<Log, 'warn'>): void {
  for (const [variable, instead] of Object.entries(originalVariables)) {
    if (env[variable]) log.warn({ variable, instead }, 'a variable of the original is not read')
  }
}
