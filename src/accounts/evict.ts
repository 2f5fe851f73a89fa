import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { removeCodes } from '#src/credentials/recovery-codes/recovery-code.ts'
import { removeTotp } from '#src/credentials/totp/totp.ts'
import { forgetDevices } from '#src/credentials/trusted-devices/trust.ts'
import { deleteIdentitiesOf } from '#src/credentials/upstream/upstream.sql.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { type AllEnded, endAll } from '#src/sessions/end-everywhere.ts'
import type { Query } from '#src/store/db.ts'
import type { User } from '#src/users/user.ts'
import { claimEmail } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** What a user can enrol, beside the password. A new kind is a row here. */
const removals: readonly ((query: Query, userId: string) => Promise<unknown>)[] = [
  removeTotp,
  removeCodes,
  forgetDevices,
  deleteIdentitiesOf,
]

/**
 * A step: the owner of an email has proven it, so the person who signed up with it unverified loses the
 * account: the password, further factors, connections, sessions and known browsers. Returns undefined, and
 * changes nothing, where the email has been verified meanwhile. The caller revokes what ended.
 */
export async function evict(
  query: RevokingQuery,
  world: World,
  { user, by }: { user: User; by: By },
): Promise<AllEnded | undefined> {
  const now = world.clock.now()
  const { id: userId, email } = user
  if (!(await claimEmail(query, { userId, email, now }))) return undefined
  for (const remove of removals) await remove(query, userId)
  // Known browsers end with the signature.
  const ended = await endAll(query, { ...world, userId, spared: '', reason: 'evicted' })
  await recordEvent(query, world, {
    event: 'user.evicted',
    by,
    target: { kind: 'user', id: userId },
    details: { sessions_ended: ended.sessions },
  })
  return ended
}
