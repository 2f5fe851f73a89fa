import { cleanLeaving } from '#src/accounts/clean.ts'
import { cleanApps } from '#src/apps/clean.ts'
import { cleanAudit } from '#src/audit/clean.ts'
import { cleanEmailCodes } from '#src/credentials/email-codes/clean.ts'
import { cleanChallenges } from '#src/credentials/passkeys/clean.ts'
import { cleanTotp } from '#src/credentials/totp/totp.ts'
import { cleanTrustedDevices } from '#src/credentials/trusted-devices/trust.ts'
import { cleanVisits } from '#src/credentials/upstream/clean.ts'
import { cleanSiteCodes } from '#src/forward-auth/redeem-site-code.ts'
import { cleanKeys } from '#src/keys/rotation.ts'
import { cleanLimits } from '#src/limits/clean.ts'
import { cleanOidc } from '#src/oidc/clean.ts'
import { cleanOutbox } from '#src/outbox/clean.ts'
import { cleanRevocations } from '#src/revocations/log/clean.ts'
import { cleanSessions } from '#src/sessions/clean.ts'
import { cleanAttempts } from '#src/sign-in/clean.ts'
import type { World } from '#src/world/world.ts'

const everyMs = 60_000
const batch = 500
const cleaners = [
  cleanLeaving,
  cleanSessions,
  cleanAttempts,
  cleanChallenges,
  cleanTotp,
  cleanTrustedDevices,
  cleanEmailCodes,
  cleanRevocations,
  cleanLimits,
  cleanKeys,
  cleanOutbox,
  cleanAudit,
  cleanVisits,
  cleanOidc,
  cleanApps,
  cleanSiteCodes,
]

/** Runs every cleaner for one batch. Returns how many rows they deleted. */
export async function cleanOnce(world: World, max: number): Promise<number> {
  let deleted = 0
  for (const clean of cleaners) deleted += await clean(world, max)
  return deleted
}

/**
 * Deletes expired rows in small batches until the returned function is called. This only limits the size of
 * the database: expiry is checked wherever a row is read.
 */
export function startCleaning(world: World): () => void {
  let cancel = () => {}
  let isStopped = false
  const clean = async () => {
    try {
      let deleted: number
      do {
        deleted = await cleanOnce(world, batch)
      } while (deleted >= batch && !isStopped)
    } catch (error) {
      world.log.warn({ error }, 'Cleanup failed; retrying in a minute')
    }
    if (!isStopped) cancel = world.clock.after(everyMs, clean)
  }
  cancel = world.clock.after(everyMs, clean)
  return () => {
    isStopped = true
    cancel()
  }
}
