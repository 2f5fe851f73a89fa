import type { Query } from '#src/store/db.ts'
import { deleteUser, setEmailVerified, setPasswordHash, setState } from '#src/users/users.sql.ts'

/** A step: true where the hash was still the one that was proven. */
export async function replacePassword(
  query: Query,
  change: { userId: string; from: string | undefined; to: string },
): Promise<boolean> {
  return setPasswordHash(query, change)
}

/** A step: true where the user was not in that state already. */
export async function changeState(
  query: Query,
  change: { userId: string; state: 'active' | 'disabled'; now: number },
): Promise<boolean> {
  return setState(query, change)
}

/** A step, for an address that somebody else has verified. Tokens say it, so the user must have none yet. */
export async function trustEmail(query: Query, userId: string, at: number): Promise<void> {
  await setEmailVerified(query, userId, at)
}

/** A step: the user with all that hangs on it. What was revoked stays in the log. */
export async function removeUser(query: Query, userId: string): Promise<boolean> {
  return deleteUser(query, userId)
}
