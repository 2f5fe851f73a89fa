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
    for (const token of theirs) fates.set(token.id, fateOf(token, blows, lostOf.get(familyOf(token)) ?? []))
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

/** A session or a grant: what its refresh tokens belong to. */
export function familyOf({ grant, session }: Token): string {
  return grant ?? session
}

type Blow = {
  readonly revocation: Revocation
  readonly begin: number
  mayKill(token: Token): boolean
  kills(token: Token): boolean
}

/**
 * A revocation of all that a user has is one of the signature they had, and of every grant. Those ids were in
 * the tokens handed out before the call, and may be in others that were on their way.
 */
function blowOf(revocation: Revocation, theirs: readonly Token[]): Blow {
  const { begin, end, outcome } = revocation
  const isBounded = endsSoFar(revocation)
  const mayBeMeant = (token: Token) => isAbout(revocation, token)
  const known = isBounded ? theirs.filter((token) => token.end < begin && mayBeMeant(token)) : []
  const signatures = new Set(known.map(({ signature }) => signature))
  return {
    revocation,
    begin,
    mayKill(token) {
      const isBefore = outcome === 'unknown' || token.begin < end
      return outcome !== 'refused' && mayBeMeant(token) && isBefore
    },
    kills(token) {
      const isMeant = isBounded ? signatures.has(token.signature) : mayBeMeant(token)
      return outcome === 'acknowledged' && isMeant
    },
  }
}

/** Whether it ends what was handed out so far, and not what is handed out later. */
export function endsSoFar({ kind, session, grant }: Revocation): boolean {
  return kind === 'disconnect' || (kind !== 'app' && session === undefined && grant === undefined)
}

/** Whether it is of this token, whenever it was handed out. Tokens of apps do not carry roles. */
function isAbout({ kind, session, grant, app }: Revocation, token: Token): boolean {
  if (grant !== undefined) return token.grant === grant
  if (app !== undefined) return token.app === app
  if (session !== undefined) return token.session === session
  return kind !== 'role' || token.grant === undefined
}
