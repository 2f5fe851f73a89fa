import { endsSoFar, type Fate, familyOf, fatesOf } from '#faults/fates.ts'
import type { Fault, History, Refresh, Revocation, Span, Verify } from '#faults/history.ts'

/** The minimum of each count. */
export type Demands = Readonly<Record<string, number>>

export type Availability = { readonly judge: string; readonly asked: number; readonly accepted: number }

export type Report = {
  /** Violated promises, and the observations. */
  readonly violations: readonly string[]
  /** Events that must not happen to a server under any fault. */
  readonly accidents: readonly string[]
  /** Counts below the minimum: then the run proves nothing. */
  readonly shortages: readonly string[]
  readonly counts: Readonly<Record<string, number>>
  /** The share of accepted tokens that were certainly valid, by judges without a fault. */
  readonly availability: readonly Availability[]
}

/** How long a judge may take to recover from a fault. */
const settleMs = 3000

const minAvailability = 0.99

/** Checks a history against the promises of the server. It uses only the history. */
export function check(history: History, demands: Demands): Report {
  const fates = fatesOf(history)
  const availability = availabilityOf(history, fates)
  const counts = { ...countsOf(history, availability), ...countsOfKinds(history, fates) }
  return {
    violations: [
      ...wrongVerdicts(history, fates),
      ...refreshesSpentTwice(history),
      ...refreshesOfTheDead(history),
      ...brokenAudits(history),
    ],
    accidents: [...history.accidents, ...availability.flatMap(poor)],
    shortages: missing(counts, demands),
    counts,
    availability,
  }
}

function missing(counts: Readonly<Record<string, number>>, demands: Demands): string[] {
  return Object.entries(demands).flatMap(([name, least]) => {
    const seen = counts[name] ?? 0
    return seen < least ? [`${name}: ${seen}, and at least ${least} were wanted`] : []
  })
}

function poor({ judge, asked, accepted }: Availability): string[] {
  const isEnough = accepted >= asked * minAvailability
  return isEnough ? [] : [`${judge} accepted ${accepted} of ${asked} tokens that were good`]
}

/** While anything was broken. */
export function isAmid({ begin, end }: Span, errors: readonly Fault[]): boolean {
  return errors.some((error) => error.begin < end && begin < error.end)
}

/** The promise and its converse: a token that was not revoked is not rejected. */
function wrongVerdicts({ began, verifies }: History, fates: ReadonlyMap<number, Fate>): string[] {
  return verifies.flatMap(({ judge, verdict, begin, end, token }) => {
    const fate = fates.get(token)
    const at = `at ${((begin - began) / 1000).toFixed(3)} s ${judge}`
    if (!fate) return [`${at} judged token ${token}, which nobody handed out`]
    if (verdict === 'accepted' && begin > fate.deadFrom) {
      const lateMs = (begin - fate.deadFrom).toFixed(1)
      return [`${at} accepted token ${token}, ${lateMs} ms after ${fate.killer?.kind} was answered`]
    }
    return verdict === 'refused' && isCertainlyGood(fate, { begin, end })
      ? [`${at} refused token ${token}, which nothing had revoked`]
      : []
  })
}

function isCertainlyGood({ token, doubtedFrom }: Fate, { begin, end }: Span) {
  return token.end < begin && end < doubtedFrom
}

/** A refresh token has one successor and stops working once the successor was used. */
function refreshesSpentTwice({ refreshes }: History): string[] {
  const spent = Map.groupBy(refreshes.filter(isDone), ({ presented }) => presented)
  return [...spent.values()].flatMap((same) => {
    const successors = new Set(same.map(({ outcome }) => outcome.successor))
    const { session } = same[0] as Done
    if (successors.size > 1)
      return [`a refresh token of session ${session} has ${successors.size} successors`]
    const used = [...successors].flatMap((successor) => spent.get(successor) ?? []).map(({ end }) => end)
    const usedAt = Math.min(...used, Number.POSITIVE_INFINITY)
    const late = same.filter(({ begin }) => begin > usedAt)
    return late.map(() => `a refresh token of session ${session} was spent again after its successor was`)
  })
}

type Done = Refresh & { readonly outcome: { readonly successor: string } }

function isDone(refresh: Refresh): refresh is Done {
  return typeof refresh.outcome === 'object'
}

/** A session or grant that was ended, alone or with others, issues no more tokens. */
function refreshesOfTheDead({ refreshes, revocations, tokens }: History): string[] {
  const families = Map.groupBy(tokens, familyOf)
  const endings = Map.groupBy(
    revocations.filter(({ kind, outcome }) => kind !== 'role' && outcome === 'acknowledged'),
    ({ user }) => user,
  )
  return refreshes.filter(isDone).flatMap(({ user, session: family, begin }) => {
    const [first] = families.get(family) ?? []
    const begun = Math.min(begin, ...(families.get(family) ?? []).map(({ end }) => end))
    const killer = (endings.get(user) ?? []).find((ending) => {
      const isMeant = endsFamily(ending, { family, session: first?.session, app: first?.app })
      return isMeant && (!endsSoFar(ending) || begun < ending.begin) && begin > ending.end
    })
    return killer ? [`session ${family} was refreshed after ${killer.kind} was answered`] : []
  })
}

type Family = {
  readonly family: string
  readonly session: string | undefined
  readonly app: string | undefined
}

function endsFamily({ session, grant, app }: Revocation, { family, ...its }: Family): boolean {
  if (grant !== undefined) return grant === family
  if (app !== undefined) return app === its.app
  return session === undefined || session === family || session === its.session
}

/** No matter which process stops, the log has every event once, in its place. */
function brokenAudits({ audits }: History): string[] {
  return audits.flatMap((audit) => (audit === 'whole' ? [] : [`the audit log is broken: ${audit.broken}`]))
}

function countsOf(history: History, availability: readonly Availability[]): Record<string, number> {
  const counts = Object.fromEntries(
    availability.map(({ judge, asked }) => [`${judge} certainly good`, asked]),
  )
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  for (const { judge, verdict } of history.verifies) count(`${judge} ${verdict}`)
  for (const { kind, outcome } of history.revocations) count(`${kind} ${outcome}`)
  for (const { kind, outcome } of history.refreshes)
    count(`refresh ${kind} ${typeof outcome === 'string' ? outcome : 'done'}`)
  const answered = history.revocations.filter(({ outcome }) => outcome === 'acknowledged')
  for (const one of answered) {
    if (isAmid(one, history.errors)) count('answered amid faults')
    if ((one.grant ?? one.app) !== undefined) count('rights of apps acknowledged')
  }
  counts.errors = history.errors.length
  counts.audits = history.audits.length
  return counts
}

/** The verdicts on tokens of each kind, and how many of them were about tokens that were certainly valid. */
function countsOfKinds({ verifies }: History, fates: ReadonlyMap<number, Fate>): Record<string, number> {
  const counts: Record<string, number> = {}
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  for (const verify of verifies) {
    const fate = fates.get(verify.token)
    if (!fate) continue
    const { kind } = fate.token
    count(`${kind} tokens ${verify.verdict}`)
    if (isCertainlyGood(fate, verify)) count(`${kind} tokens certainly good`)
    if (verify.verdict === 'refused' && verify.begin > fate.deadFrom)
      count(`${kind} tokens refused when dead`)
  }
  return counts
}

function availabilityOf(history: History, fates: ReadonlyMap<number, Fate>): Availability[] {
  const byJudge = Map.groupBy(history.verifies, ({ judge }) => judge)
  return [...byJudge].sort().map(([judge, verifies]) => {
    const errors = history.errors.filter(({ judges }) => judges.includes(judge))
    const good = verifies.filter((verify) => {
      const fate = fates.get(verify.token)
      return fate && isCertainlyGood(fate, verify) && !isTouched(verify, errors)
    })
    const accepted = good.filter(({ verdict }) => verdict === 'accepted').length
    return { judge, asked: good.length, accepted }
  })
}

function isTouched({ begin, end }: Verify, errors: readonly Fault[]): boolean {
  return errors.some((error) => error.begin <= end && begin <= error.end + settleMs)
}
