import { toleranceMs } from '#src/keys/key.ts'
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
  /** This server may not judge right now. The caller is rejected and should retry later. */
  | { readonly kind: 'cannot_tell' }

const notOurs: Verdict = { kind: 'not_ours' }
const cannotTell: Verdict = { kind: 'cannot_tell' }

/** Judges access tokens in memory. Made once per World, because every request needs it. */
export const authenticator = perWorld((world) => {
  const { clock, keys } = world
  const node = revocationNode(world)
  const wall = wallClock(world)
  const verified = new VerifiedTokens()
  return (presented: string): Verdict => {
    const remembered = verified.get(presented)
    // A forged token may outlive the log entry of the stolen key that signed it; the key ring never forgets.
    const known = remembered && keys.verificationKey(remembered.kid) ? remembered : undefined
    const token = known ?? readToken(world, presented)
    if (!token) return notOurs
    const now = clock.now()
    if (token.expiresAt <= Math.max(now, node.log.droppedUntil)) return { kind: 'expired', token }
    if (token.claims.iat * 1000 > now + toleranceMs) return notOurs
    if (!known) verified.remember(presented, token)
    if (node.log.isRevoked(token.revocationIds, token.claims.iat * 1000)) return { kind: 'revoked', token }
    // The token may have expired long ago, and the entry that killed it may have been dropped.
    if (wall.isBehind(now)) return cannotTell
    // Checked last, so that the verdict is never older than the lease, whatever the clock does meanwhile.
    return node.mayJudge() ? { kind: 'accepted', token } : cannotTell
  }
})

/**
 * The same, but looks for a newer key ring if the key is unknown, and renews the lease if this server may not
 * judge. Throws while the database is away.
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

/** Another node may have made the key a moment ago. A name in another form than ours costs no query. */
function namesUnknownKey({ keys }: World, presented: string): boolean {
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
  return { claims, kid, signature, revocationIds: [...claims.rev, kid], expiresAt: claims.exp * 1000 }
}
