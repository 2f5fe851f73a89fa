import { eventsBefore, type Filters } from '#src/audit/audit.sql.ts'
import type { Audited } from '#src/audit/audited.ts'
import type { World } from '#src/world/world.ts'

/** The log, newest first, before a place. One line more than asked, where there are more. */
export async function listAudit(
  { db }: World,
  { before, limit, filters }: { before: number; limit: number; filters: Filters },
): Promise<Audited[]> {
  return eventsBefore(db.query, { before, most: limit + 1, filters })
}
