import type { Trace } from '#src/telemetry/trace.ts'
import type { World } from '#src/world/world.ts'

const maxKept = 1000
const kept = new WeakMap<World['keys'], Map<string, Trace>>()

/**
 * What an event causes later, such as a logout token, belongs to the trace of its request. The latest traces
 * are kept in memory, by the key ring as in `signals.ts`: an event that another node reads has none.
 */
export function keepTrace(
  { keys }: Pick<World, 'keys'>,
  { eventId, trace }: { eventId: string; trace: Trace | undefined },
): void {
  if (!trace) return
  const traces = kept.get(keys) ?? new Map<string, Trace>()
  kept.set(keys, traces)
  traces.set(eventId, trace)
  const [oldest] = traces.size > maxKept ? traces.keys() : []
  if (oldest !== undefined) traces.delete(oldest)
}

export function traceOfEvent({ keys }: Pick<World, 'keys'>, eventId: string): Trace | undefined {
  return kept.get(keys)?.get(eventId)
}
