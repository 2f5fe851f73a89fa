const everyMs = 5

/**
 * Makes this many calls per second, without waiting for earlier ones. `stop` waits for the calls in flight,
 * throws if one failed, and returns whether enough of them were answered since `counted`.
 */
export function keepCalling(perSecond: number, call: () => Promise<void>) {
  const inFlight = new Set<Promise<void>>()
  const began = performance.now()
  let from = { at: began, answered: 0 }
  let made = 0
  let answered = 0
  let failure: unknown
  const one = async () => {
    await call().catch((error: unknown) => {
      failure ??= error
    })
    answered++
  }
  const timer = setInterval(() => {
    for (; made < ((performance.now() - began) * perSecond) / 1000; made++) {
      const calling = one().finally(() => inFlight.delete(calling))
      inFlight.add(calling)
    }
  }, everyMs)
  return {
    /** Starts counting: calls answered before are a warm-up. */
    counted() {
      from = { at: performance.now(), answered }
    },
    async stop(): Promise<boolean> {
      clearInterval(timer)
      const pace = ((answered - from.answered) * 1000) / (performance.now() - from.at)
      await Promise.all(inFlight)
      if (failure) throw failure
      return pace > 0.9 * perSecond
    },
  }
}
