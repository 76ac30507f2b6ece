import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface Certificate {
  key: string
  cert: string
  /** The certificate, for NODE_EXTRA_CA_CERTS: it is its own authority. */
  path: string
}

/** Self-signed, for `names` as openssl writes them (`DNS:localhost`, `IP:127.0.0.1`). */
export function makeCertificate(names: string): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-tls-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [key, path] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const what = ['-days', '2', '-subj', '/CN=c2a test', '-addext', `subjectAltName=${names}`]
  execFileSync('openssl', ['req', '-x509', ...kind, ...what, '-keyout', key, '-out', path], {
    stdio: 'ignore',
  })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(path, 'utf8'), path }
}
