import { Signal } from '#src/platform/signal.ts'
import type { World } from '#src/world/world.ts'

/** Raised in this process when an event is recorded, shortly before its commit. */
export const recordedSignal = perKeyRing()

/** Raised in this process when events were sealed. */
export const sealedSignal = perKeyRing()

/**
 * One signal per world, keyed by its key ring, of which a world has exactly one: steps are often called with
 * only a part of the world.
 */
function perKeyRing(): (world: Pick<World, 'keys' | 'clock'>) => Signal {
  const signals = new WeakMap<World['keys'], Signal>()
  return ({ keys, clock }) => {
    const signal = signals.get(keys) ?? new Signal(clock)
    signals.set(keys, signal)
    return signal
  }
}
