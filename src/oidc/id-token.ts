import { createHash } from 'node:crypto'
import type { AppAccess } from '#src/apps/app-token.ts'
import { userClaims } from '#src/oidc/user-claims.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Grant } from '#src/sessions/grant.ts'
import { encodeJwt } from '#src/tokens/jwt.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Parts = {
  readonly grant: Grant
  readonly access: AppAccess
  readonly nonce: string | undefined
  readonly now: Instant
}

/** OpenID Connect Core section 2. `sid` is the grant, so that two apps cannot compare it. */
export async function idToken(world: World, { grant, access, nonce, now }: Parts): Promise<string> {
  const { keys, settings, db } = world
  const user = await findUser(db.query, grant.userId)
  const key = keys.signingKey()
  const claims = {
    iss: settings.publicUrl,
    sub: grant.userId,
    aud: grant.clientId,
    iat: Math.floor(now / 1000),
    exp: Math.floor(access.expiresAt / 1000),
    auth_time: Math.floor(grant.authenticatedAt / 1000),
    acr: grant.level,
    amr: grant.amr,
    sid: grant.id,
    at_hash: halfHashOf(access.accessToken),
    ...(nonce === undefined ? {} : { nonce }),
    ...(user && userClaims(user, grant.scopes)),
  }
  return encodeJwt({ alg: 'ES256', typ: 'JWT', kid: key.id }, claims, key.privateKey)
}

/** OpenID Connect Core section 3.1.3.6. */
function halfHashOf(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
}
