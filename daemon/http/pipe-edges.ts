/** After so many bytes of a body Chromium hands its page half of what is just arriving. */
const pipeBytes = 2 * 1024 * 1024

/**
 * For a reader that keeps nothing between two reads (the original web client): a frame that would lie
 * across such an edge comes after it, and a comment fills the gap. To be given all that is written.
 */
export function createPipeEdges(every = pipeBytes): (frames: string) => string {
  let sent = 0
  return (frames) => {
    const left = every - (sent % every)
    const bytes = Buffer.byteLength(frames)
    if (bytes <= left) {
      sent += bytes
      return frames
    }
    let written = ''
    for (const [frame] of frames.matchAll(/[\s\S]*?\n\n|[\s\S]+$/g)) {
      const room = every - (sent % every)
      const size = Buffer.byteLength(frame)
      // A comment may be cut: what is left of it means nothing either.
      const gap = size > room && size <= every ? `:${' '.repeat(Math.max(0, room - 3))}\n\n` : ''
      written += gap + frame
      sent += gap.length + size
    }
    return written
  }
}
