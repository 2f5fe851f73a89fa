import { type Ticket, ticketClaims } from '#src/forward-auth/ticket.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { lifeJudge } from '#src/tokens/authenticate.ts'
import { decodeTicket, isSignedBy } from '#src/tokens/jwt.ts'
import { VerifiedTokens } from '#src/tokens/verified-tokens.ts'
import { perWorld, type World } from '#src/world/world.ts'

export type TicketVerdict =
  | { readonly kind: 'accepted' | 'expired' | 'revoked'; readonly ticket: Ticket }
  | { readonly kind: 'not_ours' | 'cannot_tell' }

const notOurs: TicketVerdict = { kind: 'not_ours' }
const cannotTell: TicketVerdict = { kind: 'cannot_tell' }

/** Judges tickets in memory: whether one is currently valid for this app. */
export const ticketJudge = perWorld((world) => {
  const { keys } = world
  const judge = lifeJudge(world)
  const verified = new VerifiedTokens<Ticket>()
  return (presented: string, clientId: string): TicketVerdict => {
    const remembered = verified.get(presented)
    // A forged ticket may outlive the log entry of the stolen key that signed it; the key ring keeps revoked
    // keys.
    const known = remembered && keys.verificationKey(remembered.kid) ? remembered : undefined
    const ticket = known ?? readTicket(world, presented)
    if (ticket?.claims.aud !== clientId) return notOurs
    const kind = judge(ticket, ticket.claims.iat * 1000)
    if (kind === 'not_ours') return notOurs
    if (!known && kind !== 'expired') verified.remember(presented, ticket)
    return kind === 'cannot_tell' ? cannotTell : { kind, ticket }
  }
})

/**
 * The same, but loads a newer key ring if the key is unknown, and renews the lease if this server may not
 * judge. Throws while the database is unavailable.
 */
export async function judgeTicket(world: World, presented: string, clientId: string): Promise<TicketVerdict> {
  const judge = ticketJudge(world)
  const kid = decodeTicket(presented)?.header.kid
  if (kid !== undefined && !world.keys.has(kid)) await world.keys.lookAgain()
  const verdict = judge(presented, clientId)
  if (verdict.kind !== 'cannot_tell') return verdict
  await revocationNode(world).ensureLease()
  return judge(presented, clientId)
}

/** Checks form, key, JWS signature and claims, but neither expiry nor revocation. */
function readTicket({ keys, settings }: World, presented: string): Ticket | undefined {
  const jwt = decodeTicket(presented)
  const key = jwt && keys.verificationKey(jwt.header.kid)
  if (!key || !isSignedBy(jwt, key.publicKey)) return undefined
  const claims = ticketClaims(jwt.payload, settings.publicUrl)
  if (!claims) return undefined
  const { kid } = jwt.header
  return { claims, kid, revocationIds: [...claims.rev, kid], expiresAt: claims.exp * 1000 }
}
