import type { History, Refresh, Revocation, Token } from '#faults/history.ts'

/** The consequences of all revocations for a token. */
export type Fate = {
  readonly token: Token
  /** Until then it was certainly valid. */
  readonly doubtedFrom: number
  /** From then on it was certainly revoked. */
  readonly deadFrom: number
  /** The call whose response made it certain. */
  readonly killer: Revocation | undefined
}

export function fatesOf({ tokens, revocations, refreshes }: History): Map<number, Fate> {
  const revocationsOf = Map.groupBy(revocations, ({ user }) => user)
  // A refresh that is executed after a newer one looks like a theft and ends its session.
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

/** A session or a grant: the owner of refresh tokens. */
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
 * Revoking everything of a user revokes the signature and every grant. Those ids are in the tokens issued
 * before the call, and possibly in others that were in transit.
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

/** Whether it revokes the tokens issued so far, and not later ones. */
export function endsSoFar({ kind, session, grant }: Revocation): boolean {
  if (kind === 'disconnect' || kind === 'app_disabled') return true
  return kind !== 'app' && session === undefined && grant === undefined
}

/** Whether it affects this token, no matter when it was issued. Tokens of apps do not carry roles. */
function isAbout({ kind, session, grant, app }: Revocation, token: Token): boolean {
  if (grant !== undefined) return token.grant === grant
  if (app !== undefined) return token.app === app || token.actor === app
  if (session !== undefined) return token.session === session
  return kind !== 'role' || token.grant === undefined
}
