import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { Refusal } from '#src/refusals.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { renewSignature } from '#src/sessions/end-everywhere.ts'
import { badUsername } from '#src/sign-in/sign-up.ts'
import { Duplicate, type Query } from '#src/store/db.ts'
import { changeFullName, rename } from '#src/users/change.ts'
import { findUser } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import { isUsername } from '#src/users/username.ts'
import type { World } from '#src/world.ts'

/** What shall change; absent stays, null is removed. */
export type ProfileEdit = {
  readonly username?: string | null | undefined
  readonly fullName?: string | null | undefined
}

/**
 * Changes names. A new username rotates the signature, because tokens carry it; no session ends, clients
 * refresh. What is the same already is left alone: it must not kill every token, nor fill the audit log.
 */
export async function editProfile(
  world: World,
  { userId, edit, by }: { userId: string; edit: ProfileEdit; by: By },
): Promise<User> {
  if (typeof edit.username === 'string' && !isUsername(edit.username)) throw badUsername()
  await refuseBeyond(world, { name: 'profile', of: userId })
  const { outcome, reached } = await commitRevoking(world, async (query) => {
    const before = await findUser(query, userId)
    const { username, fullName } = before ? changed(before, edit) : edit
    if (username === undefined && fullName === undefined) return { outcome: true, revoked: [] }
    const isTaken = username !== undefined && !(await rename(query, userId, username ?? undefined))
    if (isTaken) return { outcome: false, revoked: [] }
    if (fullName !== undefined) await changeFullName(query, userId, fullName ?? undefined)
    const after = await findUser(query, userId)
    if (before && after) await recordNames(query, world, { by, before, after })
    if (username === undefined) return { outcome: true, revoked: [] }
    return { outcome: true, revoked: await renewSignature(query, { ...world, userId }) }
  }).catch(refuseTaken)
  if (!outcome) throw new Refusal('username_taken')
  await reached
  const user = await findUser(world.db.query, userId)
  if (!user) throw new Refusal('not_found')
  return user
}

/** Of an edit, what is not so already. */
function changed(user: User, { username, fullName }: ProfileEdit): ProfileEdit {
  const now = namesOf(user)
  return {
    username: username === now.username ? undefined : username,
    fullName: fullName === now.full_name ? undefined : fullName,
  }
}

async function recordNames(
  query: Query,
  world: World,
  { by, before, after }: { by: By; before: User; after: User },
): Promise<void> {
  await recordEvent(query, world, {
    event: 'profile.changed',
    by,
    target: { kind: 'user', id: after.id },
    details: { before: namesOf(before), after: namesOf(after) },
  })
}

function namesOf({ username, fullName }: User) {
  return { username: username ?? null, full_name: fullName ?? null }
}

/** The unique index decides who of two gets a name; to the second that is a no, not an outage. */
function refuseTaken(fault: unknown): never {
  throw fault instanceof Duplicate ? new Refusal('username_taken') : fault
}
