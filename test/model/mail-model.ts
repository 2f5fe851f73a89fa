import type { ErrorCode } from '#src/errors/error-codes.ts'
import { type Attempt, noFactors, secondFactorsOf } from '#test/model/factor-model.ts'
import { endAll, type Moment, setPassword, type User } from '#test/model/model.ts'

const minuteMs = 60_000
const maxTries = 5

export type MailPurpose = 'sign_in' | 'reset' | 'verify_email'

const lifetimes: Readonly<Record<MailPurpose, number>> = {
  sign_in: 10 * minuteMs,
  reset: 30 * minuteMs,
  verify_email: 24 * 60 * minuteMs,
}

/** What a message contains: a code and the equivalent link. A newer one of its purpose replaces it. */
export type Message = {
  readonly owner: User
  readonly purpose: MailPurpose
  readonly sentAt: number
  tries: number
  isUsed: boolean
}

export type Mail = {
  isVerified: boolean
  readonly latest: Partial<Record<MailPurpose, Message>>
}

export function noMail(): Mail {
  return { isVerified: false, latest: {} }
}

/** Returns undefined where nothing is sent. The earlier message stops working all the same. */
export function send(owner: User, purpose: MailPurpose, now: number): Message | undefined {
  const { mail, isActive } = owner
  delete mail.latest[purpose]
  if (!isActive || (purpose === 'verify_email' && mail.isVerified)) return undefined
  const message = { owner, purpose, sentAt: now, tries: 0, isUsed: false }
  mail.latest[purpose] = message
  return message
}

/** A code of six digits for an address: each call with one is a try of the latest message, right or wrong. */
export function matchesCode(
  owner: User,
  { purpose, message, now }: { purpose: MailPurpose; message: Message | undefined; now: number },
): boolean {
  const latest = owner.mail.latest[purpose]
  if (!latest || !isUsable(latest, now) || latest.tries >= maxTries) return false
  latest.tries++
  return latest === message && owner.isActive
}

/** A link counts no tries. */
export function matchesLink(message: Message, now: number): boolean {
  const { owner, purpose } = message
  return owner.mail.latest[purpose] === message && isUsable(message, now) && owner.isActive
}

function isUsable({ isUsed, sentAt, purpose }: Message, now: number): boolean {
  return !isUsed && now < sentAt + lifetimes[purpose]
}

/** With a right code: an attempt that waits for a second factor, or undefined where it signs in. */
export function beginByMail(message: Message, begun: Moment): Attempt | undefined {
  const { owner: user } = message
  message.isUsed = true
  if (dropUnprovenOwner(user)) endAll(user, begun)
  const due = secondFactorsOf(user)
  if (due.length === 0) return undefined
  return attemptOf(user, begun, { due, purpose: 'by mail' })
}

/** With a right code or link: an attempt that waits for a second factor, or undefined where it is done. */
export function resetByMail(message: Message, begun: Moment, password: string): Attempt | undefined {
  const { owner: user } = message
  message.isUsed = true
  // What an unverified owner has enrolled does not count.
  const due = user.mail.isVerified ? secondFactorsOf(user) : []
  if (due.length > 0) return attemptOf(user, begun, { due, purpose: 'reset', newPassword: password })
  dropUnprovenOwner(user)
  setPassword(user, password, begun.now)
  return undefined
}

export function verify(message: Message): void {
  const { owner } = message
  message.isUsed = true
  if (owner.mail.isVerified) return
  owner.mail.isVerified = true
  owner.signature++
}

/** An owner who never verified the email loses the password and all factors to the one who reads its mail. */
function dropUnprovenOwner(user: User): boolean {
  const { mail, factors } = user
  if (mail.isVerified) return false
  mail.isVerified = true
  Object.assign(user, { password: undefined, mustChange: false })
  Object.assign(factors, { ...noFactors(), forgotten: factors.forgotten + 1 })
  return true
}

type Begun = Pick<Attempt, 'due' | 'purpose'> & { newPassword?: string }

function attemptOf(user: User, begun: Moment, more: Begun): Attempt {
  const { signature } = user
  return { user, signature, begun, waitsFor: 'factor', tries: 0, isOver: false, ...more }
}

/** The error where a code or a link is wrong. */
export function wrongProof(isLink: boolean): ErrorCode {
  return isLink ? 'invalid_link' : 'invalid_code'
}
