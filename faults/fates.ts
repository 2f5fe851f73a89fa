import type { History, Refresh, Revocation, Token } from '#faults/history.ts'

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
  const revocationsOf = Map.groupBy(revocations, ({ user }) => user)
  // Done later than a newer one, a refresh looks like a theft and ends its session.
  const lost = refreshes.filter(({ outcome }) => outcome === 'unknown')
  const lostOf = Map.groupBy(lost, ({ session }) => session)
  const fates = new Map<number, Fate>()
  for (const [user, theirs] of Map.groupBy(tokens, (token) => token.user)) {
    const blows = (revocationsOf.get(user) ?? []).map((revocation) => blowOf(revocation, theirs))
    for (const token of theirs) fates.set(token.id, fateOf(token, blows, lostOf.get(token.session) ?? []))
  }
  return fates
}

function fateOf(token: Token, blows: readonly Blow[], lost: readonly Refresh[]): Fate {
  const doubts = [...blows.filter((blow) => blow.mayKill(token)), ...lost].map(({ begin }) => begin)
  const deaths = blows.filter((blow) => blow.kills(token)).map(({ revocation }) => revocation)
  const [killer] = deaths.sort((one, other) => one.end - other.end)
  return {
    token,
    doubtedFrom: Math.min(...doubts, Number.POSITIVE_INFINITY),
    deadFrom: killer?.end ?? Number.POSITIVE_INFINITY,
    killer,
  }
}

type Blow = {
  readonly revocation: Revocation
  readonly begin: number
  mayKill(token: Token): boolean
  kills(token: Token): boolean
}

/**
 * A revocation of all that a user has is one of the signature they had: it was in every token handed out
 * before the call, and may be in others that were on their way.
 */
function blowOf(revocation: Revocation, theirs: readonly Token[]): Blow {
  const { begin, end, outcome } = revocation
  const isOfAll = revocation.session === undefined
  const known = isOfAll ? theirs.filter((token) => token.end < begin) : []
  const signatures = new Set(known.map(({ signature }) => signature))
  const isOfSession = ({ session }: Token) => session === revocation.session
  return {
    revocation,
    begin,
    mayKill(token) {
      const isBefore = outcome === 'unknown' || token.begin < end
      return outcome !== 'refused' && (isOfAll || isOfSession(token)) && isBefore
    },
    kills(token) {
      const isMeant = isOfAll ? signatures.has(token.signature) : isOfSession(token)
      return outcome === 'acknowledged' && isMeant
    },
  }
}
