import { storable } from '../text-gate.js'

const limit = 500

/** What looks like a credential, wherever it came from. */
const credentials: readonly RegExp[] = [
  /\bBearer\s+[^\s"',;]+/gi,
  /\b(?:sk|pk|rk|gsk|xai|pplx|hf|c2a)[-_][\w*.-]{6,}/g,
  /\bAIza[\w-]{10,}/g,
  // LiteLLM's name for a virtual key is its hash; a digest of something else says what it is.
  /(?<!sha256[:-])\b[0-9a-f]{64}\b/g,
  /(\/\/)[^\s/@]+@/g,
]

/** As a server may give it back: as it is, in a URL, in base64 (alone or as basic credentials). */
function formsOf(key: string): string[] {
  const base64 = Buffer.from(key).toString('base64').replace(/=+$/, '')
  return [key, encodeURIComponent(key), base64]
}

/** Removes the known key and everything that looks like one. */
function redact(text: string, key?: string): string {
  let clean = text
  for (const form of key && key.length >= 4 ? formsOf(key) : []) {
    clean = clean.replaceAll(form, '[key]')
  }
  for (const pattern of credentials) {
    clean = clean.replace(pattern, (_all, slashes: unknown) =>
      typeof slashes === 'string' ? `${slashes}[key]@` : '[key]',
    )
  }
  return clean
}

/** One line without keys, of at most 500 characters. */
export function safeLine(text: string, key?: string): string {
  const line = storable(redact(text, key)).replace(/\s+/g, ' ').trim()
  if (line.length <= limit) return line
  // Never half a surrogate pair.
  return `${line.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
