/**
 * The data of a frame: an object with a text in each of these fields. The daemon is our own, so the
 * rest is what the contract says. Throws where it is not.
 */
export function readData(json: string, texts: readonly string[] = []): Record<string, unknown> {
  const value: unknown = JSON.parse(json)
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object')
  const data: Record<string, unknown> = { ...value }
  for (const name of texts) if (typeof data[name] !== 'string') throw new TypeError(`no ${name}`)
  return data
}

/** What is good of a batch of frames, and why the next one is not; each is read in turn. */
export function readGood<Frame, Event>(
  batch: readonly Frame[],
  read: (frame: Frame) => readonly Event[],
  isLast: (event: Event) => boolean = () => false,
): { events: Event[]; damage?: string } {
  const events: Event[] = []
  try {
    for (const frame of batch) {
      events.push(...read(frame))
      const last = events.at(-1)
      if (last !== undefined && isLast(last)) break
    }
    return { events }
  } catch (error) {
    return { events, damage: error instanceof Error ? error.message : String(error) }
  }
}
