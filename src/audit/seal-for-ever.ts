import { maxPerSegment, sealEvents } from '#src/audit/seal-events.ts'
import { leaveLease } from '#src/audit/segments.sql.ts'
import { recordedSignal } from '#src/audit/signals.ts'
import { randomId } from '#src/platform/random.ts'
import { Signal } from '#src/platform/signal.ts'
import type { World } from '#src/world/world.ts'

/** The time span of the events in one segment. */
const batchMs = 100

/** How long events of a stopped node or another sealer may wait. */
const idleMs = 1000

export type Sealing = { stop(): Promise<void> }

/**
 * Seals events for as long as the server runs: a tenth of a second after one was recorded in this process,
 * and otherwise once a second, which costs one read.
 */
export function sealForEver(world: World): Sealing {
  const { clock, db, log, random } = world
  const owner = randomId(random)
  const recorded = recordedSignal(world)
  const stopping = new Signal(clock)
  let isStopped = false
  const run = async () => {
    while (!isStopped) {
      const { count } = recorded
      const sealed = await sealEvents(world, owner).catch((error) => {
        log.warn({ error }, 'The audit log could not be sealed; the next attempt is in a second')
        return 0
      })
      if (sealed === maxPerSegment || isStopped) continue
      if (sealed === 0) await recorded.waitSince(count, idleMs)
      if (!isStopped) await stopping.wait(batchMs)
    }
    while ((await sealEvents(world, owner)) > 0);
    await leaveLease(db.query, owner)
  }
  const running = run().catch((error) => {
    log.warn({ error }, 'The last events could not be sealed; another node or the next start does it')
  })
  return {
    stop() {
      isStopped = true
      recorded.raise()
      stopping.raise()
      return running
    },
  }
}
