import { singleFlight } from '#src/platform/single-flight.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { logEnd } from '#src/revocations/log/log-end.ts'
import { entryLifetimeMs, type Revocation } from '#src/revocations/log/revocation.ts'
import {
  headAndWaiting,
  placeRevocations,
  takePlaces,
  waitingRevocations,
} from '#src/revocations/log/revocations.sql.ts'
import { CommitUnknown } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** Few enough to lock the head row only for milliseconds. */
const maxAtOnce = 500

/**
 * Assigns places in the log to committed entries, in one transaction for all waiting ones, and returns the
 * head: everything committed before the call has a place up to there. Entries of other nodes are placed too,
 * because a node may have stopped between the two commits.
 */
export const placeWaiting: (world: World) => () => Promise<number> = perWorld((world) => {
  const node = revocationNode(world)
  return singleFlight(async () => {
    for (;;) {
      const { head, placed } = await logEnd(world)
        .placing(() => placeSome(world))
        .catch((error) => {
          if (error instanceof CommitUnknown) node.doubt()
          throw error
        })
      node.log.applyCommitted(placed)
      if (placed.length < maxAtOnce) return head
    }
  })
})

/** For entries whose node has stopped, and after a start. No caller waits for them. */
export async function placeLeftBehind(world: World): Promise<void> {
  const { areWaiting } = await headAndWaiting(world.db.query)
  if (areWaiting) await placeWaiting(world)()
}

/**
 * The head row is locked first, so no other transaction places the entries read after it. They are kept as
 * long as if they had been appended now, by the moment in that row up to which tokens may be dated.
 */
async function placeSome({ db }: World): Promise<{ head: number; placed: Revocation[] }> {
  return db.transaction(async (query) => {
    const [{ head, mintedUntil }, waiting] = await Promise.all([
      takePlaces(query, 0),
      waitingRevocations(query, maxAtOnce),
    ])
    const placed = waiting.map(({ id, expiresAt }, index) => ({
      seq: head + index + 1,
      id,
      expiresAt: Math.max(expiresAt, mintedUntil + entryLifetimeMs),
    }))
    if (placed.length > 0) {
      const entries = placed.map((entry, index) => ({
        waitingSeq: waiting[index]?.seq ?? 0,
        placed: entry,
      }))
      sendAlong(placeRevocations(query, entries))
      sendAlong(takePlaces(query, placed.length))
    }
    return { head: head + placed.length, placed }
  })
}
