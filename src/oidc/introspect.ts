import { AppError } from '#src/errors/errors.ts'
import type { AccessToken } from '#src/tokens/access-token.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import type { World } from '#src/world/world.ts'

export type Introspection = { readonly active: false } | Active

type Active = {
  readonly active: true
  readonly token_type: 'Bearer'
  readonly iss: string
  readonly aud: string
  readonly client_id: string
  readonly sub: string
  readonly sid: string
  readonly iat: number
  readonly exp: number
  readonly roles: readonly string[]
  readonly jti: string
  readonly username?: string
}

const inactive: Introspection = { active: false }

/**
 * RFC 7662 section 2.2: returns the claims of a valid access token, and only `active: false` for everything
 * else. Callers are resource servers, which never receive refresh tokens (RFC 6749 section 1.5). If one were
 * active here, a caller that checks only `active` would accept it as an access token for weeks.
 */
export async function introspect(world: World, presented: string): Promise<Introspection> {
  const verdict = await authenticate(world, presented)
  if (verdict.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
  return verdict.kind === 'accepted' ? ofAccessToken(verdict.token) : inactive
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
