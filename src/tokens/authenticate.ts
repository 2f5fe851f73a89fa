import { toleranceMs } from '#src/keys/key.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { type AccessToken, accessClaims } from '#src/tokens/access-token.ts'
import { decodeJwt, isSignedBy } from '#src/tokens/jwt.ts'
import { VerifiedTokens } from '#src/tokens/verified-tokens.ts'
import { perWorld, type World } from '#src/world/world.ts'

export type Verdict =
  | { readonly kind: 'accepted'; readonly token: AccessToken }
  /** Authentic, but its time is over or it was revoked. */
  | { readonly kind: 'expired' | 'revoked'; readonly token: AccessToken }
  | { readonly kind: 'not_ours' }
  /** This server may not judge right now: a no for the caller, but one that says "later". */
  | { readonly kind: 'cannot_tell' }

const notOurs: Verdict = { kind: 'not_ours' }
const cannotTell: Verdict = { kind: 'cannot_tell' }

/** Judges access tokens in memory. Made once per world, because it is asked by every request. */
export const authenticator = perWorld((world) => {
  const { clock, keys } = world
  const node = revocationNode(world)
  const wall = wallClock(world)
  const verified = new VerifiedTokens()
  return (presented: string): Verdict => {
    const remembered = verified.get(presented)
    // A forged token may outlive the log's entry of the stolen key that signed it: the ring knows for ever.
    const known = remembered && keys.verificationKey(remembered.kid) ? remembered : undefined
    const token = known ?? readToken(world, presented)
    if (!token) return notOurs
    const now = clock.now()
    if (token.expiresAt <= Math.max(now, node.log.droppedUntil)) return { kind: 'expired', token }
    if (token.claims.iat * 1000 > now + toleranceMs) return notOurs
    if (!known) verified.remember(presented, token)
    if (node.log.isRevoked([token.signature, token.claims.sid, token.kid], token.claims.iat * 1000))
      return { kind: 'revoked', token }
    // It may have expired long ago, and what killed it may be forgotten.
    if (wall.isBehind(now)) return cannotTell
    // Asked last: whatever the clock does while the token is looked at, the answer is no older than the
    // lease.
    return node.mayJudge() ? { kind: 'accepted', token } : cannotTell
  }
})

/**
 * The same, but a server that does not know the key looks whether there is a new one, and one that may not
 * judge first tries to become sure. Faults while the database is away.
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

/** Another node may have made it a moment ago. What cannot be a name of ours costs no look. */
function namesUnknownKey({ keys }: World, presented: string): boolean {
  const kid = decodeJwt(presented)?.header.kid
  return kid !== undefined && /^[A-Za-z0-9_-]{22}$/.test(kid) && !keys.has(kid)
}

/** Checks form, key, signature and claims; says nothing of time or revocation. */
function readToken({ keys, settings }: World, presented: string): AccessToken | undefined {
  const jwt = decodeJwt(presented)
  const key = jwt && keys.verificationKey(jwt.header.kid)
  if (!key || !isSignedBy(jwt, key.publicKey)) return undefined
  const claims = accessClaims(jwt.payload, settings.publicUrl)
  return claims && { claims, kid: jwt.header.kid, signature: jwt.header.jti, expiresAt: claims.exp * 1000 }
}
