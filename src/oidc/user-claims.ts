import { claimsOfScope } from '#src/oidc/requested-claims.ts'
import type { User } from '#src/users/user.ts'

type Revealed = {
  readonly scopes: readonly string[]
  /** Further claims by name (OpenID Connect Core section 5.5). */
  readonly claims: readonly string[]
}

/** What scopes and single claims reveal about a user. */
export function userClaims(user: User, { scopes, claims }: Revealed): Record<string, unknown> {
  const { username, fullName, email, emailVerifiedAt, roles } = user
  const known = {
    name: fullName,
    preferred_username: username,
    email,
    email_verified: emailVerifiedAt !== undefined,
    roles,
  }
  const ofScopes = Object.entries(claimsOfScope).filter(([scope]) => scopes.includes(scope))
  const revealed = new Set([...ofScopes.flatMap(([, names]) => names), ...claims])
  const present = Object.entries(known).filter(([name, value]) => revealed.has(name) && value !== undefined)
  return Object.fromEntries(present)
}
