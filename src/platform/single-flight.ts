/**
 * Lets an act run once at a time. All who ask while it runs share one more run, which begins after they
 * asked.
 */
export function singleFlight<T>(act: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  const run = () => {
    running = act().finally(() => {
      running = undefined
    })
    return running
  }
  // Whatever runs when the one before has ended began after it was asked for.
  return () => (running ? running.catch(() => {}).then(() => running ?? run()) : run())
}
