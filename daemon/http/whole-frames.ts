/*
 * For a reader that keeps nothing between two reads, and so loses a frame that two of them share:
 * the original web client.
 */

/** After so many bytes of a body Chromium hands its page half of what is just arriving. */
const pipeBytes = 2 * 1024 * 1024

/** So many bytes go in one packet on any network, with room for headers. */
const packetBytes = 1_300

/**
 * Between two packets, ms: time for a proxy and a browser to pass on the first one by itself. Without
 * it they read a burst in pieces of their own, which end anywhere: of 4 MiB some frames are lost each
 * time. With 1 ms it is one now and then on a busy machine. 300 KB/s are far more than any model writes.
 */
export const packetGapMs = 4

function framesOf(text: string): string[] {
  return text.match(/[\s\S]*?\n\n|[\s\S]+$/g) ?? []
}

/** Whole frames in pieces that fit a packet each; a frame that does not is a piece of its own. */
export function packetsOf(text: string): string[] {
  const packets: string[] = []
  let packet = ''
  let size = 0
  for (const frame of framesOf(text)) {
    const bytes = Buffer.byteLength(frame)
    if (size > 0 && size + bytes > packetBytes) {
      packets.push(packet)
      packet = ''
      size = 0
    }
    packet += frame
    size += bytes
  }
  if (size > 0) packets.push(packet)
  return packets
}

/**
 * Keeps frames off the edges of Chromium's pipe: one that would lie across an edge comes after it,
 * and a comment fills the gap. To be given all that is written.
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
    for (const frame of framesOf(frames)) {
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
