import { pendingLifetimeMs } from '#src/credentials/totp/enrol.ts'
import { deletePendingSecrets, deleteSecret, totpSecretOf } from '#src/credentials/totp/totp.sql.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

export type TotpApp = { readonly name: string; readonly confirmedAt: Instant }

/** Returns the authenticator app of a user, if one is on. */
export async function totpOf(query: Query, userId: string): Promise<TotpApp | undefined> {
  const found = await totpSecretOf(query, userId)
  if (found?.confirmedAt === undefined) return undefined
  return { name: found.name, confirmedAt: found.confirmedAt }
}

/** A step: removes the authenticator app. Returns false if none is on. */
export async function removeTotp(query: Query, userId: string): Promise<boolean> {
  return deleteSecret(query, userId)
}

/** Deletes a batch of secrets that were never confirmed. Returns how many. */
export async function cleanTotp({ db, clock }: World, max: number): Promise<number> {
  return deletePendingSecrets(db.query, clock.now() - pendingLifetimeMs, max)
}
