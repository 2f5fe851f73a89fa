import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { type AllEnded, endAll, renewSignature, revokeAll } from '#src/sessions/end-everywhere.ts'
import { Duplicate } from '#src/store/db.ts'
import {
  changeIdentity,
  conflictOf,
  type Identity,
  type IdentityChange,
  type IdentityEdit,
} from '#src/users/change-identity.ts'
import { checkedEmail, refuseBadUsername } from '#src/users/checked-names.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Editing = { readonly userId: string; readonly edit: IdentityEdit; readonly by: By }

/**
 * Changes the email and the names of a user, all or nothing. A new email ends every session, because they
 * were opened with another address. A new username only rotates the signature, because tokens carry it.
 */
export async function editUser(
  world: World,
  { userId, edit, by }: Editing,
): Promise<{ user: User; propagated: Promise<Propagation> }> {
  refuseBadUsername(edit.username)
  const email = edit.email === undefined ? undefined : checkedEmail(edit.email)
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const change = await changeIdentity(query, { userId, edit: { ...edit, email } })
    return { outcome: change, ...(await followUp(query, world, { userId, change, by })) }
  }).catch((error) => refuseTaken(error, world, { userId, email }))
  if (outcome.kind !== 'changed' && outcome.kind !== 'unchanged') throw errors[outcome.kind]()
  const user = await findUser(world.db.query, userId)
  if (!user) throw errors.not_there()
  return { user, propagated }
}

const errors = {
  not_there: () => new AppError('not_found'),
  email_taken: () => new AppError('already_registered'),
  username_taken: () => new AppError('username_taken'),
}

/** Records a change, and ends or revokes the tokens that carry the old values. */
async function followUp(
  query: RevokingQuery,
  world: World,
  { userId, change, by }: { userId: string; change: IdentityChange; by: By },
): Promise<{ revoked: readonly Revoked[]; ended?: readonly AllEnded[] }> {
  if (change.kind !== 'changed') return { revoked: [] }
  const { before, after } = change
  const hasNewEmail = before.email !== after.email
  const ended =
    hasNewEmail && (await endAll(query, { ...world, userId, spared: '', reason: 'email_changed' }))
  await recordEvent(query, world, {
    event: 'profile.changed',
    by,
    target: { kind: 'user', id: userId },
    details: {},
    personal: { before: identityOf(before), after: identityOf(after) },
  })
  if (ended) return revokeAll(query, world, ended)
  const isRenamed = before.username !== after.username
  return { revoked: isRenamed ? await renewSignature(query, world, userId) : [] }
}

function identityOf({ email, username, fullName }: Identity) {
  return { email, username: username ?? null, full_name: fullName ?? null }
}

type Taken = { readonly userId: string; readonly email: string | undefined }

/** The unique index decides which of two users gets a name; nothing changes for the other. */
async function refuseTaken(error: unknown, { db }: World, { userId, email }: Taken): Promise<never> {
  if (!(error instanceof Duplicate)) throw error
  throw errors[await conflictOf(db.query, userId, email)]()
}
