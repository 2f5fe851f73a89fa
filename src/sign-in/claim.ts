import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { deleteCodes } from '#src/credentials/recovery-codes/recovery-codes.sql.ts'
import { deleteSecret } from '#src/credentials/totp/totp.sql.ts'
import { deleteDevicesOf } from '#src/credentials/trusted-devices/trusted-devices.sql.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { type AllEnded, endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import type { Query } from '#src/store/db.ts'
import { takeOverEmail } from '#src/users/email-owner.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type Claim = { readonly user: User; readonly by: By }

/**
 * Deletes what a user has enrolled of one kind. Each kind that has rows of its own is listed here, so that a
 * claimed account keeps none of them.
 */
type DropFactors = (query: Query, userId: string) => Promise<unknown>
const dropFactors: readonly DropFactors[] = [deleteSecret, deleteCodes, deleteDevicesOf]

/**
 * A step: the caller has proven the address of a user who never did. Another person may have created that
 * account, so its password, sessions, factors and known browsers are gone, in this transaction.
 */
export async function claim(
  query: RevokingQuery,
  world: World,
  { user, by }: Claim,
): Promise<{ revoked: readonly Revoked[]; ended?: AllEnded }> {
  if (!(await dropUnprovenOwner(query, world, { user, by }))) return { revoked: [] }
  const ended = await endAll(query, { ...world, userId: user.id, spared: '', reason: 'revoked' })
  return revokeAll(query, world, ended)
}

/**
 * A step: the same without the sessions, which the caller ends itself. Returns whether the address was
 * unproven.
 */
export async function dropUnprovenOwner(query: Query, world: World, { user, by }: Claim): Promise<boolean> {
  const { id: userId, email } = user
  if (!(await takeOverEmail(query, { userId, email, now: world.clock.now() }))) return false
  for (const drop of dropFactors) await drop(query, userId)
  await recordEvent(query, world, {
    event: 'email.claimed',
    by,
    target: { kind: 'user', id: userId },
    details: {},
  })
  return true
}
