const everyMs = 5

/**
 * Calls so many times a second, whether or not the calls before were answered. Stopping waits for those under
 * way, throws where one failed, and gives whether enough of them were answered since `counted`.
 */
export function keepCalling(perSecond: number, call: () => Promise<void>) {
  const underWay = new Set<Promise<void>>()
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
      const calling = one().finally(() => underWay.delete(calling))
      underWay.add(calling)
    }
  }, everyMs)
  return {
    /** What was answered until now is not counted: it may have had to begin. */
    counted() {
      from = { at: performance.now(), answered }
    },
    async stop(): Promise<boolean> {
      clearInterval(timer)
      const pace = ((answered - from.answered) * 1000) / (performance.now() - from.at)
      await Promise.all(underWay)
      if (failure) throw failure
      return pace > 0.9 * perSecond
    },
  }
}
