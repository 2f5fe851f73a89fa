import { stepOfCode } from '#src/credentials/totp/code.ts'
import { secretIn } from '#src/credentials/totp/enrol.ts'
import { takeStep, totpSecretOf } from '#src/credentials/totp/totp.sql.ts'
import { type Factor, factorTraits } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'

/** Checks a code from the authenticator app of a user and uses it up. Returns undefined for a wrong one. */
export async function proveTotp(
  world: World,
  { userId, code }: { userId: string; code: string },
): Promise<Factor | undefined> {
  const { db, clock } = world
  const found = await totpSecretOf(db.query, userId)
  if (found?.confirmedAt === undefined) return undefined
  const now = clock.now()
  const step = await stepOfCode(secretIn(world, found), code, now)
  if (step === undefined || !(await takeStep(db.query, { userId, sealed: found.sealed, step })))
    return undefined
  return { kind: 'totp', amr: factorTraits.totp.amr, at: now }
}
