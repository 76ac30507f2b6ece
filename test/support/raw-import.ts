import { send, type TestDaemon } from './daemon.js'

/** The answer to a file, whatever it is. */
export async function importRaw(
  daemon: TestDaemon,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
) {
  const { status, text } = await send(daemon, '/api/import', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  })
  return { status, body: JSON.parse(text) }
}

/** The file as text. */
export async function exportText(daemon: TestDaemon, query = ''): Promise<string> {
  const { status, text } = await send(daemon, `/api/export${query}`)
  if (status !== 200) throw new Error(text)
  return text
}
