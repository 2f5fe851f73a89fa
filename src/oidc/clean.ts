import { deleteUnusedApps } from '#src/apps/apps.sql.ts'
import { deleteOldRegistrationTokens } from '#src/apps/registration-tokens.sql.ts'
import { deleteExpiredRecords } from '#src/oidc/records.sql.ts'
import type { World } from '#src/world/world.ts'

/** How long a self-registered app may stay unused. */
const unusedAppMs = 24 * 60 * 60 * 1000

/** Deletes a batch of expired codes, requests and registration tokens, and of unused apps. */
export async function cleanOidc({ db, clock }: World, max: number): Promise<number> {
  const now = clock.now()
  const records = await deleteExpiredRecords(db.query, now, max)
  const tokens = await deleteOldRegistrationTokens(db.query, now, max)
  return records + tokens + (await deleteUnusedApps(db.query, now - unusedAppMs, max))
}
