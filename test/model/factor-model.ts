import type { ErrorCode } from '#src/errors/error-codes.ts'
import { type Moment, type Session, setPassword, type User } from '#test/model/model.ts'

const minuteMs = 60_000
const recentMs = 10 * minuteMs
const attemptMs = 10 * minuteMs
const trustMs = 30 * 24 * 60 * minuteMs
const maxTries = 5
export const graceMs = 7 * 24 * 60 * minuteMs

export type Kind = 'totp' | 'passkey' | 'recovery_code'

export type Factors = {
  /** The last time step whose code was accepted. */
  totp: { lastStep: number } | undefined
  hasPasskey: boolean
  isPasskeyChosen: boolean
  codesLeft: number
  /** The number of times that the trust in all devices ended. */
  forgotten: number
}

/** A sign-in that waits for a second factor, or for a new password. */
export type Attempt = {
  readonly user: User
  readonly signature: number
  readonly begun: Moment
  readonly due: readonly Kind[]
  /** Only after a sign-in with the password does it matter that an administrator chose it. */
  readonly purpose: 'by password' | 'by mail' | 'reset'
  /** Set by a reset once the factor is proven. */
  readonly newPassword?: string
  waitsFor: 'factor' | 'password'
  tries: number
  isOver: boolean
}

export type Device = {
  readonly user: User
  readonly signature: number
  readonly forgotten: number
  readonly trustedAt: number
}

export function noFactors(): Factors {
  return { totp: undefined, hasPasskey: false, isPasskeyChosen: false, codesLeft: 0, forgotten: 0 }
}

export function secondFactorsOf({ factors }: User): Kind[] {
  const { totp, hasPasskey, isPasskeyChosen, codesLeft } = factors
  if (!totp && !isPasskeyChosen) return []
  return [
    ...(totp ? (['totp'] as const) : []),
    ...(hasPasskey ? (['passkey'] as const) : []),
    ...(codesLeft > 0 ? (['recovery_code'] as const) : []),
  ]
}

export function stepOf(now: number): number {
  return Math.floor(now / 30_000)
}

export function isRecent({ owner, provenAt, isTwofold }: Session, now: number): boolean {
  return now - provenAt <= recentMs && (isTwofold || secondFactorsOf(owner).length === 0)
}

/** After the right password: an error, an attempt that waits for more, or undefined where it signs in. */
export function begin(
  user: User,
  begun: Moment,
  device: Device | undefined,
): ErrorCode | Attempt | undefined {
  const { now } = begun
  if (user.password === undefined) return 'wrong_credentials'
  if (!user.isActive) {
    const isLeaving = user.leavesAt !== undefined && now < user.leavesAt
    return isLeaving ? 'account_being_deleted' : 'wrong_credentials'
  }
  const due = device && isTrusted(device, user, now) ? [] : secondFactorsOf(user)
  if (due.length === 0 && !user.mustChange) return undefined
  const waitsFor = due.length > 0 ? 'factor' : 'password'
  const { signature } = user
  return { user, signature, begun, due, purpose: 'by password', waitsFor, tries: 0, isOver: false }
}

function isTrusted(device: Device, user: User, now: number): boolean {
  const isSame = device.user === user && device.signature === user.signature
  return isSame && device.forgotten === user.factors.forgotten && now < device.trustedAt + trustMs
}

export function trust(user: User, now: number): Device {
  return { user, signature: user.signature, forgotten: user.factors.forgotten, trustedAt: now }
}

/** Returns the error, or undefined where the factor was right. */
export function prove(attempt: Attempt, kind: Kind, { isRight, now }: { isRight: boolean; now: number }) {
  const { user, due } = attempt
  if (!isPending(attempt, now)) return 'attempt_expired'
  attempt.tries++
  if (!user.isActive || user.signature !== attempt.signature) return 'attempt_expired'
  if (attempt.waitsFor === 'password' || !due.includes(kind)) return 'invalid_request'
  const isStillAsked = secondFactorsOf(user).length > 0
  if (isStillAsked && isRight && useUp(user, kind, now)) {
    attempt.waitsFor = 'password'
    attempt.tries = 0
    attempt.isOver = !isReplacing(attempt)
    if (attempt.newPassword !== undefined) setPassword(user, attempt.newPassword, now)
    return undefined
  }
  attempt.isOver = attempt.tries >= maxTries
  return isStillAsked ? wrongOf(kind) : 'attempt_expired'
}

/** Whether the password has to be replaced before a session is opened. */
export function isReplacing({ user, purpose }: Attempt): boolean {
  return user.mustChange && purpose === 'by password'
}

/** Replaces the password that an administrator chose. Returns the error, if any. */
export function replacePassword(attempt: Attempt, { password, now }: { password: string; now: number }) {
  const { user, signature } = attempt
  const isSame = user.isActive && user.signature === signature
  if (!isPending(attempt, now) || attempt.waitsFor !== 'password' || !isSame) return 'attempt_expired'
  attempt.isOver = true
  setPassword(user, password, now)
  return undefined
}

function isPending({ isOver, tries, begun }: Attempt, now: number): boolean {
  return !isOver && tries < maxTries && now < begun.now + attemptMs
}

export function wrongOf(kind: Kind | 'password'): ErrorCode {
  if (kind === 'password') return 'wrong_password'
  return kind === 'passkey' ? 'passkey_rejected' : 'invalid_code'
}

/** Each code is accepted once. Returns whether the user has the factor, and this proof of it. */
export function useUp({ factors }: User, kind: Kind, now: number): boolean {
  if (kind === 'passkey') return factors.hasPasskey
  if (kind === 'recovery_code') {
    if (factors.codesLeft === 0) return false
    factors.codesLeft--
    return true
  }
  if (!factors.totp || stepOf(now) <= factors.totp.lastStep) return false
  factors.totp.lastStep = stepOf(now)
  return true
}

/** With the last second factor the recovery codes and the trusted devices go too. */
export function removeFactor(user: User, change: Partial<Factors>): void {
  const { factors } = user
  Object.assign(factors, change)
  if (!factors.hasPasskey) factors.isPasskeyChosen = false
  if (secondFactorsOf(user).length > 0) return
  factors.codesLeft = 0
  factors.forgotten++
}

export function stepUpMethods(user: User): (Kind | 'password')[] {
  const second = secondFactorsOf(user)
  if (second.length > 0) return second
  const password = user.password === undefined ? [] : (['password'] as const)
  return [...password, ...(user.factors.hasPasskey ? (['passkey'] as const) : [])]
}
