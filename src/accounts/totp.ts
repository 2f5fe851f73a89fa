import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { codesLeft, replaceCodes } from '#src/credentials/recovery-codes/recovery-code.ts'
import { beginTotp, checkFirstCode, type Enrolment, turnOnTotp } from '#src/credentials/totp/enrol.ts'
import { AppError } from '#src/errors/errors.ts'
import { addProof } from '#src/sessions/add-proof.ts'
import { factorTraits } from '#src/users/factor.ts'
import { lockSecondFactors, refreshSecondFactors } from '#src/users/second-factors.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type Enrolling = { readonly user: User; readonly boundTo: string }

/** Begins the enrolment of an authenticator app, bound to its session or sign-in. */
export async function enrolTotp(
  world: World,
  { user, boundTo, name }: Enrolling & { name: string | undefined },
): Promise<Enrolment> {
  if (world.settings.mfa === 'off') throw new AppError('mfa_off')
  const enrolment = await beginTotp(world, { user, boundTo, name: name?.trim() ?? '' })
  if (!enrolment) throw new AppError('already_enrolled')
  return enrolment
}

export type Confirmed = {
  /** New codes, if the user had none left. */
  readonly recoveryCodes: readonly string[] | undefined
}

type Confirming = Enrolling & {
  readonly code: string
  /** The session of the enrolment, which the code proves too. A sign-in has none yet. */
  readonly sessionId: string | undefined
  readonly by: By
}

/**
 * Turns the authenticator app on with the first code from it. Returns undefined for a wrong code. No session
 * ends; a sign-in in progress without the new factor fails.
 */
export async function confirmTotp(
  world: World,
  { user, boundTo, code, sessionId, by }: Confirming,
): Promise<Confirmed | undefined> {
  const right = await checkFirstCode(world, { user, boundTo, code })
  if (!right) return undefined
  const userId = user.id
  return world.db.transaction(async (query) => {
    const before = await lockSecondFactors(query, userId)
    if (!before || !(await turnOnTotp(query, world, { userId, right }))) return undefined
    const left = await codesLeft(query, userId)
    const recoveryCodes = left === 0 ? await replaceCodes(query, world, userId) : undefined
    await refreshSecondFactors(query, userId)
    if (sessionId !== undefined) {
      const factor = { kind: 'totp', amr: factorTraits.totp.amr, at: world.clock.now() } as const
      await addProof(query, { sessionId, factor })
    }
    await recordEvent(query, world, {
      event: 'factor.added',
      by,
      target: { kind: 'user', id: userId },
      details: { method: 'totp' },
    })
    return { recoveryCodes }
  })
}
