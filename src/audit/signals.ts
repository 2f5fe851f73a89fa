import { Signal } from '#src/platform/signal.ts'
import type { World } from '#src/world/world.ts'

/** Rings in this process when an event is recorded, shortly before its commit. */
export const recordedSignal = perKeyRing()

/** Rings in this process when events were sealed. */
export const sealedSignal = perKeyRing()

/**
 * One signal per world, found by its key ring, of which a world has exactly one: a step is often called with
 * a part of the world only.
 */
function perKeyRing(): (world: Pick<World, 'keys' | 'clock'>) => Signal {
  const signals = new WeakMap<World['keys'], Signal>()
  return ({ keys, clock }) => {
    const signal = signals.get(keys) ?? new Signal(clock)
    signals.set(keys, signal)
    return signal
  }
}
