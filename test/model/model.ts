import type { ErrorCode } from '#src/errors/error-codes.ts'
import type { Grant } from '#test/model/app-model.ts'
import type { Factors } from '#test/model/factor-model.ts'
import type { Mail } from '#test/model/mail-model.ts'

const secondMs = 1000
const dayMs = 24 * 60 * 60 * secondMs

/** The defaults of the settings. */
const graceMs = 10 * secondMs
export const accessMs = 15 * 60 * secondMs
export const slidingMs = 14 * dayMs
const maxMs = 90 * dayMs

export type User = {
  readonly sessions: Session[]
  readonly grants: Grant[]
  readonly roles: Set<string>
  /** The number of its rotations. */
  signature: number
  /** Undefined where the owner of an unverified email lost it to the one who reads its mail. */
  password: string | undefined
  /** An administrator chose the password. */
  mustChange: boolean
  isActive: boolean
  /** The account is being deleted, and can be restored until then. */
  leavesAt: number | undefined
  readonly factors: Factors
  readonly mail: Mail
}

export type Session = {
  readonly owner: User
  readonly lastExpiresAt: number
  /** The number of earlier refresh handles, and of refreshes with this one. */
  handle: number
  counter: number
  rotated: Moment
  expiresAt: number
  ended: 'by theft' | 'otherwise' | undefined
  /** When its owner last proved who they are, and whether ever by two factors. */
  provenAt: number
  isTwofold: boolean
  /** Opened with a code by mail, so that the password is another factor. */
  isByMail: boolean
}

/** A pair of tokens, with the state of the session when it was issued. */
export type Pair = {
  readonly session: Session
  readonly handle: number
  readonly counter: number
  readonly signature: number
  readonly roles: readonly string[]
  readonly expiresAt: number
}

/** A time, and a client: address and browser. */
export type Moment = { readonly now: number; readonly from: { address: string; userAgent: string } }

export function isAccepted({ session, signature, expiresAt }: Pair, now: number): boolean {
  return session.ended === undefined && signature === session.owner.signature && now < expiresAt
}

export function isLive({ ended, expiresAt }: Session, now: number): boolean {
  return ended === undefined && now < expiresAt
}

export function open(owner: User, rotated: Moment): Pair {
  const { now } = rotated
  const ends = { expiresAt: now + slidingMs, lastExpiresAt: now + maxMs, ended: undefined }
  const proof = { provenAt: now, isTwofold: false, isByMail: false }
  const session = { owner, handle: 0, counter: 0, rotated, ...proof, ...ends }
  owner.sessions.push(session)
  return pairOf(session, now)
}

export function refresh({ session, handle, counter }: Pair, moment: Moment): Pair | ErrorCode {
  if (handle !== session.handle) return 'invalid_token'
  if (session.ended === 'by theft') return 'refresh_token_reused'
  if (session.ended) return 'refresh_token_revoked'
  if (moment.now >= session.expiresAt) return 'refresh_token_expired'
  if (counter === session.counter) {
    session.counter++
    session.rotated = moment
    session.expiresAt = Math.min(moment.now + slidingMs, session.lastExpiresAt)
  } else if (counter < session.counter - 1 || isStrange(session.rotated, moment)) {
    session.ended = 'by theft'
    return 'refresh_token_reused'
  }
  return pairOf(session, moment.now)
}

/** After the grace period, or from another IP address and another browser. */
export function isStrange(rotated: Moment, { now, from }: Moment): boolean {
  const isElsewhere = from.address !== rotated.from.address && from.userAgent !== rotated.from.userAgent
  return now - rotated.now > graceMs || isElsewhere
}

/** Ends expired sessions too: by another clock they may not be. Returns how many were live. */
export function endSessions(user: User, { now, spared }: { now: number; spared?: Session }): number {
  const ending = user.sessions.filter((session) => session !== spared && session.ended === undefined)
  const live = ending.filter((session) => isLive(session, now))
  for (const session of ending) session.ended = 'otherwise'
  return live.length
}

/** Returns how many live sessions ended. */
export function endAll(user: User, about: { now: number; spared?: Session }): number {
  const ended = endSessions(user, about)
  for (const grant of user.grants) grant.isEnded = true
  user.signature++
  return ended
}

/** Sets a new password. Messages that could set another one stop working. */
export function setPassword(user: User, password: string, now: number): void {
  Object.assign(user, { password, mustChange: false })
  const { reset } = user.mail.latest
  if (reset) reset.isUsed = true
  endAll(user, { now })
}

/** The session continues after a proof, and previously issued refresh tokens stop working. */
export function goOn(session: Session, now: number): Pair {
  session.provenAt = now
  session.handle++
  session.counter = 0
  session.rotated = { ...session.rotated, now }
  return pairOf(session, now)
}

function pairOf(session: Session, now: number): Pair {
  const { owner, handle, counter } = session
  const expiresAt = Math.floor(Math.min(now + accessMs, session.expiresAt) / secondMs) * secondMs
  return { session, handle, counter, signature: owner.signature, roles: [...owner.roles].sort(), expiresAt }
}
