import type { History, Revocation, Token } from '#faults/history.ts'

/** What follows for a token from all that was revoked. */
export type Fate = {
  readonly token: Token
  /** Until then it was certainly good. */
  readonly doubtedFrom: number
  /** From then on it was certainly dead. */
  readonly deadFrom: number
  /** Whose answer made it so. */
  readonly killer: Revocation | undefined
}

export function fatesOf({ tokens, revocations, refreshes }: History): Map<number, Fate> {
  const ofUser = Map.groupBy(tokens, ({ user }) => user)
  const killsOf = Map.groupBy(revocations, ({ user }) => user)
  const doubtsOf = Map.groupBy(
    refreshes.filter(({ outcome }) => outcome === 'unknown'),
    ({ session }) => session,
  )
  const fates = new Map<number, Fate>()
  for (const [user, theirs] of ofUser) {
    const kills = (killsOf.get(user) ?? []).map((kill) => killing(kill, theirs))
    for (const token of theirs) {
      const touching = kills.filter(({ touches }) => touches(token)).map(({ kill }) => kill)
      const doubts = [...touching, ...(doubtsOf.get(token.session) ?? [])].map(({ begin }) => begin)
      const killer = kills
        .filter(({ kills }) => kills(token))
        .map(({ kill }) => kill)
        .reduce<Revocation | undefined>(
          (first, kill) => (first && first.end <= kill.end ? first : kill),
          undefined,
        )
      fates.set(token.id, {
        token,
        doubtedFrom: Math.min(...doubts, Number.POSITIVE_INFINITY),
        deadFrom: killer?.end ?? Number.POSITIVE_INFINITY,
        killer,
      })
    }
  }
  return fates
}

/**
 * Which tokens a revocation must have killed, and which it may have. A revocation of all that a user has is
 * one of the signature they had: it was in every token handed out before the call, and may be in others
 * that were on their way.
 */
function killing(kill: Revocation, theirs: readonly Token[]) {
  const isOfSession = (token: Token) => kill.session === undefined || kill.session === token.session
  const known = theirs.filter(({ end }) => end < kill.begin)
  const signatures = new Set(kill.session === undefined ? known.map(({ signature }) => signature) : [])
  const isLasting = kill.outcome === 'unknown'
  return {
    kill,
    touches: (token: Token) =>
      kill.outcome !== 'refused' && isOfSession(token) && (isLasting || kill.end > token.begin),
    kills: (token: Token) =>
      kill.outcome === 'acknowledged' &&
      (kill.session === undefined ? signatures.has(token.signature) : kill.session === token.session),
  }
}
