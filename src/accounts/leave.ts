import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { sendCode } from '#src/credentials/email-codes/issue.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import { canSendMail } from '#src/settings/settings.ts'
import type { Query } from '#src/store/db.ts'
import { scheduleDeletion } from '#src/users/deletion.sql.ts'
import { isLastAdmin } from '#src/users/last-admin.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type Leaving = 'scheduled' | 'not_there' | 'last_admin'

/**
 * Begins to delete an account at the request of its owner: it is signed out everywhere and can only be
 * restored until `deletesAt`, when the cleaner deletes it. No token is accepted once `propagated` resolves.
 */
export async function leave(
  world: World,
  { user, deletesAt, by }: { user: User; deletesAt: Instant; by: By },
): Promise<{ leaving: Leaving; propagated: Promise<Propagation> }> {
  const { id: userId } = user
  const { outcome, propagated } = await commitRevoking<Leaving>(world, async (query) => {
    const now = world.clock.now()
    if (await isLastAdmin(query, { userId, now })) return { outcome: 'last_admin', revoked: [] }
    const isScheduled = await scheduleDeletion(query, { userId, now, deletesAt })
    const ended = await endAll(query, { ...world, userId, spared: '', reason: 'deleted' })
    if (isScheduled) {
      await recordEvent(query, world, {
        event: 'user.deletion_scheduled',
        by,
        target: { kind: 'user', id: userId },
        details: { deletes_at: rfc3339(deletesAt) },
      })
      await writeTo(query, world, { user, deletesAt })
    }
    return {
      outcome: isScheduled ? 'scheduled' : 'not_there',
      ...(await revokeAll(query, world, ended)),
    }
  })
  return { leaving: outcome, propagated }
}

/**
 * Contains the link that restores the account. Sent only to a verified address: any other may belong to
 * another person.
 */
async function writeTo(
  query: Query,
  world: World,
  { user, deletesAt }: { user: User; deletesAt: Instant },
): Promise<void> {
  const { id: userId, email, emailVerifiedAt, language } = user
  if (emailVerifiedAt === undefined || !canSendMail(world.settings)) return
  const message = { kind: 'deletion_scheduled', language, values: { at: deletesAt } } as const
  await sendCode(query, world, { purpose: 'restore', subject: userId, userId, email, message })
}
