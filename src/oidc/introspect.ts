import type { AppTokenClaims } from '#src/apps/app-token.ts'
import { judgeAppToken } from '#src/apps/judge-app-token.ts'
import { AppError } from '#src/errors/errors.ts'
import { type CallingClient, mayAskAbout } from '#src/oidc/calling-client.ts'
import { userOfGrant } from '#src/oidc/user-of-grant.sql.ts'
import type { AccessToken } from '#src/tokens/access-token.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import type { World } from '#src/world/world.ts'

export type Introspection = { readonly active: false } | Active

type Active = {
  readonly active: true
  readonly token_type: 'Bearer' | 'DPoP'
  readonly cnf?: { readonly jkt: string }
  readonly iss: string
  readonly aud: string
  readonly client_id: string
  readonly sub: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly sid?: string
  readonly roles?: readonly string[]
  readonly username?: string
  readonly scope?: string
  readonly act?: AppTokenClaims['act']
}

const inactive: Introspection = { active: false }

/**
 * RFC 7662 section 2.2: returns the claims of a valid access token, and only `active: false` for everything
 * else. A resource server introspects tokens that it receives; an app, tokens that were issued to it. Refresh
 * tokens are never active: a caller that checks only `active` would accept one for weeks.
 */
export async function introspect(
  world: World,
  { presented, client }: { presented: string; client: CallingClient },
): Promise<Introspection> {
  const ofApp = await judgeAppToken(world, presented)
  if (ofApp) return mayAskAbout(client, ofApp) ? ofAppToken(world, ofApp) : inactive
  if (client.kind === 'app' || client.audience !== undefined) return inactive
  const verdict = await authenticate(world, presented)
  if (verdict.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
  return verdict.kind === 'accepted' ? ofAccessToken(verdict.token) : inactive
}

/**
 * With the scope `roles`, the current roles of the user: the token has none, because they could become stale.
 */
async function ofAppToken({ db }: World, claims: AppTokenClaims): Promise<Introspection> {
  const { iss, aud, client_id, sub, scope, iat, exp, jti, cnf, act, rev } = claims
  // RFC 9449 section 6.2.
  const kind = cnf ? ({ token_type: 'DPoP', cnf } as const) : ({ token_type: 'Bearer' } as const)
  const plain = { iss, aud, client_id, sub, scope, iat, exp, jti }
  const active = { active: true, ...kind, ...plain, ...(act && { act }) } as const
  if (!scope.split(' ').includes('roles')) return active
  // The subject may be pairwise; the grant leads to the user.
  const found = await userOfGrant(db.query, rev[0] ?? '')
  return found ? { ...active, roles: found.user.roles } : inactive
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
