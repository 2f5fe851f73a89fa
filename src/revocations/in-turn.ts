/**
 * Lets an act run once at a time. All who ask while it runs share one more run, which begins after they
 * asked.
 */
export function inTurn<T>(act: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const run = () => {
    running = act().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (!running) return run()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return running ?? run()
      })
    return next
  }
}
