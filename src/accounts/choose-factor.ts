import type { Confirmed } from '#src/accounts/totp.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { codesLeft, replaceCodes } from '#src/credentials/recovery-codes/recovery-code.ts'
import { addProof } from '#src/sessions/add-proof.ts'
import type { ChosenKind, Factor } from '#src/users/factor.ts'
import { choose, lockSecondFactors, refreshSecondFactors } from '#src/users/second-factors.sql.ts'
import type { World } from '#src/world/world.ts'

type Choosing = {
  readonly userId: string
  readonly kind: ChosenKind
  /** The factor that was just proven, and the session that it proves too. */
  readonly proof: { readonly factor: Factor; readonly sessionId: string } | undefined
  readonly by: By
}

/**
 * Turns on a second factor that needs no set-up: the passkeys of a user, or codes to their verified email.
 * Returns undefined if it was already on, or if the user has neither. No session ends; a sign-in in progress
 * without the new factor fails.
 */
export async function chooseFactor(
  world: World,
  { userId, kind, proof, by }: Choosing,
): Promise<Confirmed | undefined> {
  return world.db.transaction(async (query) => {
    const before = await lockSecondFactors(query, userId)
    if (!before || !(await choose[kind](query, userId, world.clock.now()))) return undefined
    const left = await codesLeft(query, userId)
    const recoveryCodes = left === 0 ? await replaceCodes(query, world, userId) : undefined
    await refreshSecondFactors(query, userId)
    if (proof) await addProof(query, proof)
    await recordEvent(query, world, {
      event: 'factor.added',
      by,
      target: { kind: 'user', id: userId },
      details: { method: kind },
    })
    return { recoveryCodes }
  })
}
