import { open, type RawRequest, type TestDaemon } from '../../support/daemon.js'

/** What of a response came, however it ended. */
interface Heard {
  /** Undefined: not even the head came whole. */
  status: number | undefined
  body: Buffer
}

/** Reads a response byte for byte, without our own client, until it ends, is cut, or has brought `until`. */
export async function hear(
  daemon: TestDaemon,
  path: string,
  raw: RawRequest,
  until?: Buffer,
): Promise<Heard> {
  let status: number | undefined
  let body: Buffer = Buffer.alloc(0)
  try {
    const response = await open(daemon, path, { via: 'tcp', ...raw })
    status = response.statusCode
    for await (const chunk of response) {
      body = Buffer.concat([body, chunk])
      if (until !== undefined && body.includes(until)) break
    }
  } catch {
    // Cut: what came is what there is.
  }
  return { status, body }
}

/** The frames that came whole, and the id of the last one that has one. */
export function wholeFrames(body: Buffer): { bytes: Buffer; lastId: string | undefined } {
  const end = body.lastIndexOf('\n\n')
  const bytes = end === -1 ? Buffer.alloc(0) : body.subarray(0, end + 2)
  const lastId = [...bytes.toString('utf8').matchAll(/^id: (.*)$/gm)].at(-1)?.[1]
  return { bytes, lastId }
}
