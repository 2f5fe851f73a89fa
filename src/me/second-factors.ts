import { chooseFactor } from '#src/accounts/choose-factor.ts'
import { removeFactor } from '#src/accounts/remove-factor.ts'
import { renewRecoveryCodes } from '#src/accounts/renew-recovery-codes.ts'
import { type Confirmed, confirmTotp, enrolTotp } from '#src/accounts/totp.ts'
import type { By } from '#src/audit/by.ts'
import type { Enrolment } from '#src/credentials/totp/enrol.ts'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import type { Client } from '#src/sessions/session.ts'
import { countingCodes, proveFactor } from '#src/sign-in/factors.ts'
import { sendProofCode } from '#src/sign-in/second-factor-code.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Mine = { readonly userId: string; readonly sessionId: string }

/** Begins the setup of an authenticator app. Needs a recent proof. `confirmMyTotp` turns it on. */
export async function beginMyTotp(
  world: World,
  { name, ...mine }: Mine & { name: string | undefined },
): Promise<Enrolment> {
  const user = await recentlyProven(world, mine)
  return enrolTotp(world, { user, boundTo: mine.sessionId, name })
}

/**
 * Turns the authenticator app on. The recent proof was given in this session when the enrolment began. The
 * code counts as a proof of the session too, which is of level aal2 from then on.
 */
export async function confirmMyTotp(
  world: World,
  { userId, sessionId, code, by }: Mine & { code: string; by: By },
): Promise<Confirmed> {
  const user = await present(world, userId)
  const first = { user, boundTo: sessionId, code, sessionId, by }
  const confirmed = await countingCodes(world, user, () => confirmTotp(world, first))
  if (!confirmed) throw new AppError('invalid_code')
  return confirmed
}

/** Makes a passkey the second factor of the user. Needs a recent proof. */
export async function choosePasskeys(world: World, { by, ...mine }: Mine & { by: By }): Promise<Confirmed> {
  const user = await recentlyProven(world, mine)
  refuseWhereOff(world)
  if (!user.hasPasskey) throw new AppError('no_passkey')
  const chosen = await chooseFactor(world, { userId: user.id, kind: 'passkey', proof: undefined, by })
  if (!chosen) throw new AppError('already_enrolled')
  return chosen
}

/** Sends the code that turns on codes by mail, to show that messages arrive. Needs a recent proof. */
export async function beginMyEmailCodes(
  world: World,
  { language, ...mine }: Mine & { language: Language },
): Promise<void> {
  const user = await recentlyProven(world, mine)
  refuseWhereOff(world)
  if (user.emailVerifiedAt === undefined) throw new AppError('email_not_verified')
  const boundTo = boundToChoice(mine)
  await sendProofCode(world, { user, boundTo, language, whenGone: 'not_signed_in' })
}

/** Makes codes by mail a second factor of the user. */
export async function confirmMyEmailCodes(
  world: World,
  { code, client, by, ...mine }: Mine & { code: string; client: Client; by: By },
): Promise<Confirmed> {
  const user = await recentlyProven(world, mine)
  refuseWhereOff(world)
  const proving = { user, presented: { code }, client, boundTo: boundToChoice(mine), by } as const
  const factor = await proveFactor(world, 'email_code', { ...proving, purpose: 'step_up' })
  const proof = { factor, sessionId: mine.sessionId }
  const chosen = await chooseFactor(world, { userId: user.id, kind: 'email_code', proof, by })
  if (!chosen) throw new AppError('already_enrolled')
  return chosen
}

/** A code for a step-up of the same session does not turn anything on. */
function boundToChoice({ sessionId }: Mine): string {
  return `email_codes:${sessionId}`
}

function refuseWhereOff({ settings }: World): void {
  if (settings.mfa === 'off') throw new AppError('mfa_off')
}

export async function removeMyFactor(
  world: World,
  { id, by, ...mine }: Mine & { id: string; by: By },
): Promise<void> {
  await recentlyProven(world, mine)
  if (!(await removeFactor(world, { userId: mine.userId, id, by }))) throw new AppError('not_found')
}

export async function renewMyRecoveryCodes(
  world: World,
  { by, ...mine }: Mine & { by: By },
): Promise<readonly string[]> {
  await recentlyProven(world, mine)
  return renewRecoveryCodes(world, { userId: mine.userId, by })
}

/** Returns the user of a session with a recent proof, or throws `step_up_required`. */
export async function recentlyProven(world: World, { userId, sessionId }: Mine): Promise<User> {
  const user = await present(world, userId)
  await requireRecentProof(world, { user, sessionId })
  return user
}

async function present({ db }: World, userId: string): Promise<User> {
  const user = await findUser(db.query, userId)
  if (!user) throw new AppError('not_signed_in')
  return user
}
