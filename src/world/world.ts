import type { KeyRing } from '#src/keys/key-ring.ts'
import type { Clock } from '#src/platform/clock.ts'
import type { Random } from '#src/platform/random.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { Db } from '#src/store/db.ts'
import type { Log } from '#src/telemetry/log.ts'
import type { Metrics } from '#src/telemetry/metrics.ts'

/** Everything that comes from outside the program, and nothing else: features are imported, not injected. */
export type World = {
  readonly db: Db
  readonly clock: Clock
  readonly random: Random
  readonly keys: KeyRing
  readonly settings: Settings
  readonly log: Log
  readonly metrics: Metrics
}

/**
 * In-memory state of a module, one per World, so that two servers in one process share nothing. The identity
 * of the World is the key: a copy such as `{ ...world, db }` has separate state.
 */
export function perWorld<T>(make: (world: World) => T): (world: World) => T {
  const states = new WeakMap<World, T>()
  return (world) => {
    let state = states.get(world)
    if (state === undefined) {
      state = make(world)
      states.set(world, state)
    }
    return state
  }
}
