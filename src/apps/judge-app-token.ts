import { type AppTokenClaims, appTokenClaims } from '#src/apps/app-token.ts'
import { AppError } from '#src/errors/errors.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { lifeJudge, namesUnknownKey } from '#src/tokens/authenticate.ts'
import { decodeJwt, isSignedBy } from '#src/tokens/jwt.ts'
import { VerifiedTokens } from '#src/tokens/verified-tokens.ts'
import { perWorld, type World } from '#src/world/world.ts'

type AppToken = {
  readonly claims: AppTokenClaims
  readonly kid: string
  readonly revocationIds: readonly string[]
  readonly expiresAt: number
}

/**
 * The claims of an access token of an app if it is valid now. The caller checks the audience or the client.
 * Throws while this server cannot decide.
 */
export async function judgeAppToken(world: World, presented: string): Promise<AppTokenClaims | undefined> {
  let token = readAppToken(world, presented)
  if (!token && namesUnknownKey(world, presented)) {
    await world.keys.lookAgain()
    token = readAppToken(world, presented)
  }
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
export function readAppToken(world: World, presented: string): AppToken | undefined {
  return reader(world)(presented)
}

/** A signature is verified once, as in `authenticator`; the key and everything else with each call. */
const reader = perWorld((world) => {
  const verified = new VerifiedTokens<AppToken>()
  return (presented: string): AppToken | undefined => {
    const remembered = verified.get(presented)
    if (remembered && world.keys.verificationKey(remembered.kid)) return remembered
    const token = verifiedToken(world, presented)
    if (token && token.expiresAt > world.clock.now()) verified.remember(presented, token)
    return token
  }
})

function verifiedToken({ keys, settings }: World, presented: string): AppToken | undefined {
  const jwt = decodeJwt(presented)
  const key = jwt && keys.verificationKey(jwt.header.kid)
  if (!key || jwt.header.jti !== undefined || !isSignedBy(jwt, key.publicKey)) return undefined
  const claims = appTokenClaims(jwt.payload, settings.publicUrl)
  if (!claims) return undefined
  const { kid } = jwt.header
  return { claims, kid, revocationIds: [...claims.rev, kid], expiresAt: claims.exp * 1000 }
}
