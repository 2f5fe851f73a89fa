import type { KeyRing } from '#src/keys/key-ring.ts'
import type { Clock } from '#src/platform/clock.ts'
import type { Random } from '#src/platform/random.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { Db } from '#src/store/db.ts'
import type { Log } from '#src/telemetry/log.ts'
import type { Metrics } from '#src/telemetry/metrics.ts'

/** All that comes from outside the program, and nothing else: features are imported, never injected. */
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
 * What a feature remembers in memory belongs to one World, so that two servers in one process share nothing
 * and a test begins with an empty head.
 */
export function perWorld<T>(make: (world: World) => T): (world: World) => T {
  const made = new WeakMap<World, T>()
  return (world) => {
    let it = made.get(world)
    if (it === undefined) {
      it = make(world)
      made.set(world, it)
    }
    return it
  }
}
