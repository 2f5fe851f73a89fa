/** Lets one run of `act` happen at a time. All calls made during a run share one more run after it. */
export function singleFlight<T>(act: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  const run = () => {
    running = act().finally(() => {
      running = undefined
    })
    return running
  }
  // A run that is in progress when the previous one has ended began after this call.
  return () => (running ? running.catch(() => {}).then(() => running ?? run()) : run())
}
