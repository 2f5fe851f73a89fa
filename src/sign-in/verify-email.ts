import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { useCode } from '#src/credentials/email-codes/email-codes.sql.ts'
import { subjectOfEmail } from '#src/credentials/email-codes/issue.ts'
import { type Matched, matchCode, matchLink } from '#src/credentials/email-codes/match.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { renewSignature } from '#src/sessions/end-everywhere.ts'
import { checkedEmail } from '#src/users/checked-names.ts'
import { markEmailVerified } from '#src/users/email-owner.sql.ts'
import type { World } from '#src/world/world.ts'

/** The proof from a message: its link, or its code with the address that received it. */
export type FromMessage = { readonly token: string } | { readonly email: string; readonly code: string }

/**
 * Verifies the email of a user with the code or link of a message. The account keeps its password: the
 * message asks the reader to confirm that they created the account.
 */
export async function verifyEmail(
  world: World,
  { proof, by }: { proof: FromMessage; by: By },
): Promise<{ email: string }> {
  const matched = await matchMessage(world, 'verify_email', proof)
  const { code, user, email } = matched
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const now = world.clock.now()
    if (!(await useCode(query, code.id, now))) return { outcome: false, revoked: [] }
    // A second code of the same address finds it verified already, which is fine.
    if (!(await markEmailVerified(query, { userId: user.id, email, now })))
      return { outcome: true, revoked: [] }
    await recordEvent(query, world, {
      event: 'email.verified',
      by: asUser(by, user.id),
      target: { kind: 'user', id: user.id },
      details: {},
    })
    // Access tokens contain whether the email is verified.
    return { outcome: true, revoked: await renewSignature(query, world, user.id) }
  })
  if (!outcome) throw wrongProof(proof)
  await propagated
  return { email }
}

/** Finds the code of a message. Wrong codes are counted, including for unknown addresses. */
export async function matchMessage(
  world: World,
  purpose: 'verify_email' | 'reset',
  proof: FromMessage,
): Promise<Matched> {
  const matched = await match(world, purpose, proof)
  // The address may have been changed since the message was sent.
  if (!matched || matched.user.email !== matched.email) throw wrongProof(proof)
  return matched
}

async function match(
  world: World,
  purpose: 'verify_email' | 'reset',
  proof: FromMessage,
): Promise<Matched | undefined> {
  if ('token' in proof) return matchToken(world, purpose, proof.token)
  const email = checkedEmail(proof.email)
  await refuseBeyond(world, { name: 'codes', of: email })
  return matchCode(world, { purpose, subject: subjectOfEmail(world, email), typed: proof.code })
}

/** A link from an administrator works like the link of a message, but does not verify the email. */
async function matchToken(
  world: World,
  purpose: 'verify_email' | 'reset',
  token: string,
): Promise<Matched | undefined> {
  const matched = await matchLink(world, { purpose, token })
  return matched ?? (purpose === 'reset' ? matchLink(world, { purpose: 'reset_link', token }) : undefined)
}

export function wrongProof(proof: FromMessage): AppError {
  return new AppError('token' in proof ? 'invalid_link' : 'invalid_code')
}
