import { type AppTokenClaims, appTokenClaims } from '#src/apps/app-token.ts'
import { AppError } from '#src/errors/errors.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { lifeJudge, namesUnknownKey } from '#src/tokens/authenticate.ts'
import { decodeJwt, isSignedBy } from '#src/tokens/jwt.ts'
import type { World } from '#src/world/world.ts'

type AppToken = {
  readonly claims: AppTokenClaims
  readonly revocationIds: readonly string[]
  readonly expiresAt: number
}

/**
 * The claims of an access token of an app if it is valid now. The caller checks the audience or the client.
 * Throws while this server cannot decide.
 */
export async function judgeAppToken(world: World, presented: string): Promise<AppTokenClaims | undefined> {
  if (namesUnknownKey(world, presented)) await world.keys.lookAgain()
  const token = readAppToken(world, presented)
  if (!token) return undefined
  const judge = lifeJudge(world)
  let kind = judge(token, token.claims.iat * 1000)
  if (kind === 'cannot_tell') {
    await revocationNode(world).ensureLease()
    kind = judge(token, token.claims.iat * 1000)
  }
  if (kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
  return kind === 'accepted' ? token.claims : undefined
}

/** Checks form, key, JWS signature and claims, but neither expiry nor revocation. */
export function readAppToken({ keys, settings }: World, presented: string): AppToken | undefined {
  const jwt = decodeJwt(presented)
  const key = jwt && keys.verificationKey(jwt.header.kid)
  if (!key || jwt.header.jti !== undefined || !isSignedBy(jwt, key.publicKey)) return undefined
  const claims = appTokenClaims(jwt.payload, settings.publicUrl)
  if (!claims) return undefined
  return { claims, revocationIds: [...claims.rev, jwt.header.kid], expiresAt: claims.exp * 1000 }
}
