/** Whether the gateway answers, for whoever wants to be told. */
export interface GatewayWatch {
  /**
   * Tells it once it is known and at each change, until the function that this returns is called. While
   * nobody follows, nobody is asked.
   */
  follow(tell: (reachable: boolean) => void): () => void
  close(): void
}

interface Options {
  /** One look; bounded in time, and never rejects. */
  look(): Promise<boolean>
  /** Between two looks at a gateway that answers, ms. */
  everyMs: number
}

/** One that is away, or has just missed a look, is looked at so much oftener. */
const oftener = 4

/**
 * A gateway that misses two looks in a row is away: one may miss a single look because it is busy. One
 * look that is answered brings it back.
 */
export function createGatewayWatch({ look, everyMs }: Options): GatewayWatch {
  const followers = new Set<(reachable: boolean) => void>()
  let known: boolean | undefined
  let misses = 0
  let timer: NodeJS.Timeout | undefined
  let isLooking = false

  const tellAll = (reachable: boolean): void => {
    if (known === reachable) return
    known = reachable
    for (const tell of followers) tell(reachable)
  }
  const next = async (): Promise<void> => {
    isLooking = true
    const answers = await look()
    isLooking = false
    misses = answers ? 0 : misses + 1
    // What was seen meanwhile is old when somebody comes again.
    if (followers.size === 0) return forget()
    if (answers) tellAll(true)
    else if (misses > 1) tellAll(false)
    const restMs = misses === 0 ? everyMs : everyMs / oftener
    timer = setTimeout(() => void next(), restMs)
    timer.unref()
  }
  const forget = (): void => {
    clearTimeout(timer)
    timer = undefined
    known = undefined
    misses = 0
  }
  return {
    follow(tell) {
      followers.add(tell)
      if (known !== undefined) tell(known)
      if (timer === undefined && !isLooking) void next()
      return () => {
        followers.delete(tell)
        if (followers.size === 0) forget()
      }
    },
    close() {
      followers.clear()
      forget()
    },
  }
}
