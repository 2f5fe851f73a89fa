import { deleteConsentsOf } from '#src/apps/consents.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { deletePasskeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { removeCodes } from '#src/credentials/recovery-codes/recovery-code.ts'
import { removeTotp } from '#src/credentials/totp/totp.ts'
import { forgetDevices } from '#src/credentials/trusted-devices/trust.ts'
import { deleteIdentitiesOf } from '#src/credentials/upstream/upstream.sql.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { type AllEnded, endAll } from '#src/sessions/end-everywhere.ts'
import type { Query } from '#src/store/db.ts'
import { takeOverEmail } from '#src/users/email-owner.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** Everything that a user can enrol, except the password, and what the user has allowed to apps. */
const removals: readonly ((query: Query, userId: string) => Promise<unknown>)[] = [
  removeTotp,
  removeCodes,
  deletePasskeysOf,
  forgetDevices,
  deleteIdentitiesOf,
  deleteConsentsOf,
]

type Eviction = { readonly user: User; readonly by: By }

/**
 * A step: the caller has proven an email that the account's user never verified. Another person may have
 * created that account, so its password, further factors, connections, consents, sessions and known
 * browsers are removed. Returns undefined, and changes nothing, if the email has been verified in the
 * meantime. The caller revokes the returned ids.
 */
export async function evict(
  query: RevokingQuery,
  world: World,
  { user, by }: Eviction,
): Promise<AllEnded | undefined> {
  if (!(await dropUnprovenOwner(query, world, { user, by }))) return undefined
  // Known browsers end with the signature.
  return endAll(query, { ...world, userId: user.id, spared: '', reason: 'evicted' })
}

/** A step: the same without the sessions, which the caller ends. Returns whether the email was unverified. */
export async function dropUnprovenOwner(
  query: Query,
  world: World,
  { user, by }: Eviction,
): Promise<boolean> {
  const { id: userId, email } = user
  if (!(await takeOverEmail(query, { userId, email, now: world.clock.now() }))) return false
  for (const remove of removals) await remove(query, userId)
  await recordEvent(query, world, {
    event: 'user.evicted',
    by,
    target: { kind: 'user', id: userId },
    details: {},
  })
  return true
}
