import { tables } from '#src/store/tables.ts'
import type { World } from '#src/world/world.ts'
import { rowsIn } from '#test/support/stored-rows.ts'

/** Tables that the server itself writes at any time, and the counters of rate limits. */
const ofServer = new Set([
  ...['leaseholders', 'timelines', 'limits', 'revocation_head', 'audit_segments', 'audit_head'],
  ...['audit_sealer', 'outbox_readers', 'outbox_deliveries'],
])

type Rows = ReadonlySet<string>

/** Every row that a request could have written, as text. */
export async function rowsOf({ db }: World): Promise<Rows> {
  const names = tables.map(({ name }) => name).filter((name) => !ofServer.has(name))
  const rows = await Promise.all(
    names.map(async (name) => {
      const found = await rowsIn(db.query, name)
      // The sealer adds the segment to an event later.
      const kept = name === 'audit_events' ? found.map(({ id }) => ({ id })) : found
      return kept.map((row) => `${name} ${JSON.stringify(row)}`)
    }),
  )
  return new Set(rows.flat())
}

/** The rows that were written or deleted since, as they are now or were before. */
export async function rowsChangedSince(before: Rows, world: World): Promise<string[]> {
  const now = await rowsOf(world)
  return [...now.symmetricDifference(before)].sort()
}
