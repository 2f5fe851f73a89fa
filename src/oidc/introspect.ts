import type { Instant } from '#src/clock.ts'
import { Refusal } from '#src/refusals.ts'
import { findByHandle } from '#src/sessions/find.ts'
import type { AccessToken } from '#src/tokens/access-token.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { recognizeRefreshToken } from '#src/tokens/recognize-refresh-token.ts'
import { standingOf } from '#src/tokens/standing.ts'
import type { World } from '#src/world.ts'

export type Introspection = { readonly active: false } | Active

type Active = {
  readonly active: true
  readonly token_type: 'Bearer' | 'refresh_token'
  readonly iss: string
  readonly aud: string
  readonly client_id: string
  readonly sub: string
  readonly sid: string
  readonly iat: number
  readonly exp: number
  readonly roles: readonly string[]
  readonly username?: string
  readonly jti?: string
}

const inactive: Introspection = { active: false }

/**
 * RFC 7662 section 2.2: what a token says while it is good, and nothing at all of one that is not. A refresh
 * token is told apart by its `token_type`, so that nobody takes it for an access token.
 */
export async function introspect(world: World, presented: string): Promise<Introspection> {
  const verdict = await authenticate(world, presented)
  if (verdict.kind === 'cannot_tell') throw new Refusal('unavailable', { retryAfterSeconds: 1 })
  if (verdict.kind === 'accepted') return ofAccessToken(verdict.token)
  return verdict.kind === 'not_ours' ? ofRefreshToken(world, presented) : inactive
}

function ofAccessToken({ claims }: AccessToken): Active {
  const { iss, aud, client_id, sub, sid, iat, exp, roles, jti, preferred_username } = claims
  const username = preferred_username === undefined ? {} : { username: preferred_username }
  return {
    active: true,
    token_type: 'Bearer',
    ...{ iss, aud, client_id, sub, sid, iat, exp, roles, jti, ...username },
  }
}

/** Only the newest of a session: an older one is worth nothing, or is a repeat that gives the newest. */
async function ofRefreshToken(world: World, presented: string): Promise<Introspection> {
  const { db, clock, settings } = world
  const token = await recognizeRefreshToken(world, presented)
  const session = token && (await findByHandle(db.query, token.handle))
  if (!session || session.counter !== token.counter) return inactive
  const standing = await standingOf(db.query, { sessionId: session.id, now: clock.now() })
  if (standing?.counter !== token.counter) return inactive
  const issuer = settings.publicUrl
  return {
    active: true,
    token_type: 'refresh_token',
    iss: issuer,
    aud: issuer,
    client_id: issuer,
    sub: standing.userId,
    sid: standing.sessionId,
    iat: seconds(session.rotatedAt),
    exp: seconds(standing.expiresAt),
    roles: standing.roles,
    ...(standing.username === undefined ? {} : { username: standing.username }),
  }
}

function seconds(at: Instant): number {
  return Math.floor(at / 1000)
}
