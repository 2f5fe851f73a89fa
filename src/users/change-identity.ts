import type { Query } from '#src/store/db.ts'
import { folded } from '#src/users/folded.ts'
import type { User } from '#src/users/user.ts'
import { usernameKey } from '#src/users/username.ts'
import { findUser, findUserByEmail, lockUser, setIdentity } from '#src/users/users.sql.ts'

/** An absent field stays, null removes it. The email is already normalized. */
export type IdentityEdit = {
  readonly email?: string | undefined
  readonly username?: string | null | undefined
  readonly fullName?: string | null | undefined
}

export type Identity = Pick<User, 'email' | 'username' | 'fullName'>

export type IdentityChange =
  | { readonly kind: 'changed'; readonly before: Identity; readonly after: Identity }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'not_there' | 'email_taken' | 'username_taken' }

/**
 * A step: changes email, username and full name, all or nothing, under the lock of the user's row. Tokens
 * carry email and username, so the caller revokes them. Throws `Duplicate` if another user takes the same
 * name at the same time.
 */
export async function changeIdentity(
  query: Query,
  { userId, edit }: { userId: string; edit: IdentityEdit },
): Promise<IdentityChange> {
  const user = (await lockUser(query, userId)) && (await findUser(query, userId))
  if (!user) return { kind: 'not_there' }
  const { email, username, fullName } = edited(user, edit)
  const isSame = email === user.email && username === user.username && fullName === user.fullName
  if (isSame) return { kind: 'unchanged' }
  const isSet = await setIdentity(query, {
    userId,
    email,
    username,
    usernameKey: username === undefined ? undefined : usernameKey(username),
    fullName,
    fullNameKey: fullName === undefined ? undefined : folded(fullName),
  })
  if (!isSet) return { kind: await conflictOf(query, userId, email) }
  return { kind: 'changed', before: user, after: { email, username, fullName } }
}

/** Returns which of the two belongs to another user. */
export async function conflictOf(
  query: Query,
  userId: string,
  email: string | undefined,
): Promise<'email_taken' | 'username_taken'> {
  const other = email === undefined ? undefined : await findUserByEmail(query, email)
  return other && other.id !== userId ? 'email_taken' : 'username_taken'
}

function edited(user: User, { email, username, fullName }: IdentityEdit) {
  return {
    email: email ?? user.email,
    username: username === undefined ? user.username : (username ?? undefined),
    fullName: fullName === undefined ? user.fullName : (fullName ?? undefined),
  }
}
