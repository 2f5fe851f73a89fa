import { createHash } from 'node:crypto'
import type { App } from '#src/apps/app.ts'
import type { AppAccess } from '#src/apps/app-token.ts'
import type { IdTokenKey, SigningKey } from '#src/keys/key.ts'
import { claimsFor } from '#src/oidc/requested-claims.ts'
import { userClaims } from '#src/oidc/user-claims.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Grant } from '#src/sessions/grant.ts'
import { decodeIdToken, encodeJwt, type IdTokenHeader, isSignedBy } from '#src/tokens/jwt.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Parts = {
  readonly app: App
  readonly grant: Grant
  /** The user id that the app sees. */
  readonly sub: string
  readonly access: AppAccess
  readonly nonce: string | undefined
  readonly now: Instant
}

/** OpenID Connect Core section 2. `sid` is the grant, so that two apps cannot correlate it. */
export async function idToken(world: World, { app, grant, sub, access, nonce, now }: Parts): Promise<string> {
  const { settings, db } = world
  const user = await findUser(db.query, grant.userId)
  const key = await idTokenKeyOf(world, app)
  const claims = {
    iss: settings.publicUrl,
    sub,
    aud: grant.clientId,
    iat: Math.floor(now / 1000),
    exp: Math.floor(access.expiresAt / 1000),
    auth_time: Math.floor(grant.authenticatedAt / 1000),
    acr: grant.level,
    amr: grant.amr,
    sid: grant.id,
    at_hash: halfHashOf(access.accessToken),
    ...(nonce === undefined ? {} : { nonce }),
    ...(user && userClaims(user, { scopes: grant.scopes, claims: claimsFor('id_token', grant) })),
  }
  return encodeJwt({ alg: app.idTokenAlg, typ: 'JWT', kid: key.id }, claims, key.privateKey)
}

/** The key for the algorithm that an app has chosen. */
export async function idTokenKeyOf(
  { keys }: Pick<World, 'keys'>,
  { idTokenAlg }: Pick<App, 'idTokenAlg'>,
): Promise<SigningKey | IdTokenKey> {
  if (idTokenAlg === 'ES256') return keys.signingKey()
  // Another server may have registered the first app a moment ago.
  if (!keys.idTokenKey()) await keys.reload()
  const key = keys.idTokenKey()
  if (!key) throw new Error('There is no key for ID tokens. Registering an app creates it.')
  return key
}

/** Returns the claims of an ID token issued here, even if it has expired (RP-Initiated Logout section 2). */
export function readIdToken(
  { keys, settings }: World,
  presented: string,
): { sub: string; aud: string; sid: string } | undefined {
  const jwt = decodeIdToken(presented)
  const key = jwt && keyOf(keys, jwt.header)
  if (!key || !isSignedBy(jwt, key.publicKey)) return undefined
  const { iss, sub, aud, sid } = jwt.payload
  const isOurs = iss === settings.publicUrl
  if (!isOurs || typeof sub !== 'string' || typeof aud !== 'string' || typeof sid !== 'string')
    return undefined
  return { sub, aud, sid }
}

function keyOf({ verificationKey, idTokenKeyById }: World['keys'], { alg, kid }: IdTokenHeader) {
  return alg === 'ES256' ? verificationKey(kid) : idTokenKeyById(kid)
}

/** OpenID Connect Core section 3.1.3.6. */
function halfHashOf(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
}
