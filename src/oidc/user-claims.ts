import type { User } from '#src/users/user.ts'

/** OpenID Connect Core section 5.4: what each scope reveals about the user. */
export function userClaims(user: User, scopes: readonly string[]): Record<string, unknown> {
  const { username, fullName, email, emailVerifiedAt, roles } = user
  return {
    ...(scopes.includes('profile') && {
      ...(fullName !== undefined && { name: fullName }),
      ...(username !== undefined && { preferred_username: username }),
    }),
    ...(scopes.includes('email') && { email, email_verified: emailVerifiedAt !== undefined }),
    ...(scopes.includes('roles') && { roles }),
  }
}
