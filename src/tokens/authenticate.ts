import { toleranceMs } from '#src/keys/key.ts'
import type { Instant } from '#src/platform/clock.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { type AccessToken, accessClaims } from '#src/tokens/access-token.ts'
import { decodeJwt, isSignedBy } from '#src/tokens/jwt.ts'
import { VerifiedTokens } from '#src/tokens/verified-tokens.ts'
import { perWorld, type World } from '#src/world/world.ts'

export type Verdict =
  | { readonly kind: 'accepted'; readonly token: AccessToken }
  /** Authentic, but expired or revoked. */
  | { readonly kind: 'expired' | 'revoked'; readonly token: AccessToken }
  | { readonly kind: 'not_ours' }
  /** This server may not judge tokens now. The caller is rejected and should retry later. */
  | { readonly kind: 'cannot_tell' }

const notOurs: Verdict = { kind: 'not_ours' }
const cannotTell: Verdict = { kind: 'cannot_tell' }

/** Judges access tokens in memory. Created once per World, because every request needs it. */
export const authenticator = perWorld((world) => {
  const { keys } = world
  const judge = lifeJudge(world)
  const verified = new VerifiedTokens<AccessToken>()
  return (presented: string): Verdict => {
    const remembered = verified.get(presented)
    // A forged token may outlive the log entry of the stolen key that signed it; the key ring keeps revoked
    // keys.
    const known = remembered && keys.verificationKey(remembered.kid) ? remembered : undefined
    const token = known ?? readToken(world, presented)
    if (!token) return notOurs
    const kind = judge(token, token.claims.iat * 1000)
    if (kind === 'not_ours') return notOurs
    if (!known && kind !== 'expired') verified.remember(presented, token)
    return kind === 'cannot_tell' ? cannotTell : { kind, token }
  }
})

type Life = Pick<AccessToken, 'expiresAt' | 'revocationIds'>

/** Judges whether an authentic token, for any audience, is still valid. */
export const lifeJudge = perWorld((world) => {
  const { clock } = world
  const node = revocationNode(world)
  const wall = wallClock(world)
  return ({ expiresAt, revocationIds }: Life, issuedAt: Instant): Verdict['kind'] => {
    const now = clock.now()
    if (expiresAt <= Math.max(now, node.log.droppedUntil)) return 'expired'
    if (issuedAt > now + toleranceMs) return 'not_ours'
    if (node.log.isRevoked(revocationIds, issuedAt)) return 'revoked'
    // The token may have expired long ago, and the entry that revoked it may have been dropped.
    if (wall.isBehind(now)) return 'cannot_tell'
    // Checked last, so that the verdict is never older than the lease, even if the clock changes in between.
    return node.mayJudge() ? 'accepted' : 'cannot_tell'
  }
})

/**
 * The same, but loads a newer key ring if the key is unknown, and renews the lease if this server may not
 * judge. Throws while the database is unavailable.
 */
export async function authenticate(world: World, presented: string): Promise<Verdict> {
  const judge = authenticator(world)
  let verdict = judge(presented)
  if (verdict.kind === 'not_ours' && namesUnknownKey(world, presented)) {
    await world.keys.lookAgain()
    verdict = judge(presented)
  }
  if (verdict.kind !== 'cannot_tell') return verdict
  await revocationNode(world).ensureLease()
  return judge(presented)
}

/** Another node may have just created the key. A malformed key id costs no query. */
export function namesUnknownKey({ keys }: World, presented: string): boolean {
  const kid = decodeJwt(presented)?.header.kid
  return kid !== undefined && /^[A-Za-z0-9_-]{22}$/.test(kid) && !keys.has(kid)
}

/** Checks form, key, JWS signature and claims, but neither expiry nor revocation. */
function readToken({ keys, settings }: World, presented: string): AccessToken | undefined {
  const jwt = decodeJwt(presented)
  const key = jwt && keys.verificationKey(jwt.header.kid)
  if (!key || !isSignedBy(jwt, key.publicKey)) return undefined
  const claims = accessClaims(jwt.payload, settings.publicUrl)
  if (!claims) return undefined
  const { kid, jti: signature } = jwt.header
  // Only first-party tokens carry the signature.
  if (signature === undefined) return undefined
  return { claims, kid, signature, revocationIds: [...claims.rev, kid], expiresAt: claims.exp * 1000 }
}
