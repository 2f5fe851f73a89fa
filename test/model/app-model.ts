import {
  accessMs,
  isLive,
  isStrange,
  type Moment,
  type Session,
  slidingMs,
  type User,
} from '#test/model/model.ts'

const dayMs = 24 * 60 * 60 * 1000

export type App = { isRemoved: boolean }

export type Grant = {
  readonly owner: User
  readonly app: App
  /** Undefined for an offline grant, which outlives its session. */
  readonly session: Session | undefined
  readonly lastExpiresAt: number
  counter: number
  rotated: Moment
  expiresAt: number
  isEnded: boolean
}

/** A pair of tokens of an app, with the state of the grant when it was issued. */
export type AppPair = { readonly grant: Grant; readonly counter: number; readonly expiresAt: number }

export function isAppTokenAccepted({ grant, expiresAt }: AppPair, now: number): boolean {
  const { isEnded, app, session } = grant
  return !isEnded && !app.isRemoved && session?.ended === undefined && now < expiresAt
}

/** Undefined where the session has ended or its user is disabled. */
export function connect(
  session: Session,
  { app, isOffline, rotated }: { app: App; isOffline: boolean; rotated: Moment },
): Grant | undefined {
  const { now } = rotated
  const { owner } = session
  if (!isLive(session, now) || !owner.isActive) return undefined
  const grant = {
    ...{ owner, app, rotated, counter: 0, isEnded: false },
    session: isOffline ? undefined : session,
    expiresAt: now + slidingMs,
    lastExpiresAt: now + 90 * dayMs,
  }
  owner.grants.push(grant)
  return grant
}

/** Undefined where the refresh token is rejected. */
export function refreshApp(
  { grant, counter }: Pick<AppPair, 'grant' | 'counter'>,
  moment: Moment,
): AppPair | undefined {
  const { now } = moment
  const { session } = grant
  if (grant.app.isRemoved || grant.isEnded || now >= grant.expiresAt) return undefined
  const isBoundToDead = session !== undefined && !isLive(session, now)
  if (counter === grant.counter) {
    if (isBoundToDead) return undefined
    grant.counter++
    grant.rotated = moment
    grant.expiresAt = Math.min(now + slidingMs, grant.lastExpiresAt)
  } else if (counter < grant.counter - 1 || isStrange(grant.rotated, moment)) {
    grant.isEnded = true
    return undefined
  }
  if (isBoundToDead) return undefined
  const endsAt = Math.min(now + accessMs, grant.expiresAt, session?.expiresAt ?? Number.POSITIVE_INFINITY)
  if (session) extend(session, now)
  return { grant, counter: counter + 1, expiresAt: Math.floor(endsAt / 1000) * 1000 }
}

/** Using an app extends the session that it is bound to, with one write per day. */
function extend(session: Session, now: number): void {
  const to = now + slidingMs
  if (session.expiresAt <= to - dayMs) session.expiresAt = Math.min(to, session.lastExpiresAt)
}

/** Returns how many grants ended. */
export function disconnect({ grants }: User, app: App): number {
  const ending = grants.filter((grant) => grant.app === app && !grant.isEnded)
  for (const grant of ending) grant.isEnded = true
  return ending.length
}
