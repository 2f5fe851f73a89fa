/** Runs `act` once at a time. All calls made during a run share the next run. */
export function singleFlight<T>(act: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  const run = () => {
    running = act().finally(() => {
      running = undefined
    })
    return running
  }
  // A run in progress after the previous one has ended began after this call.
  return () => (running ? running.catch(() => {}).then(() => running ?? run()) : run())
}
