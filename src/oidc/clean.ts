import { deleteExpiredRecords } from '#src/oidc/records.sql.ts'
import type { World } from '#src/world/world.ts'

/** Deletes a batch of codes and requests whose time is over. */
export function cleanOidc({ db, clock }: World, max: number): Promise<number> {
  return deleteExpiredRecords(db.query, clock.now(), max)
}
