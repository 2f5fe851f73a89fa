import { Signal } from '#src/platform/signal.ts'
import type { World } from '#src/world/world.ts'

const signals = new WeakMap<World['keys'], Signal>()

/**
 * Rings in this process when an event is recorded. By the key ring, of which a world has exactly one: a step
 * is often called with a part of the world only.
 */
export function unsealedSignal({ keys, clock }: Pick<World, 'keys' | 'clock'>): Signal {
  let signal = signals.get(keys)
  if (!signal) {
    signal = new Signal(clock)
    signals.set(keys, signal)
  }
  return signal
}
