import type { MessageKind } from '#src/mail/messages/message.ts'
import type { Instant } from '#src/platform/clock.ts'

/** The purpose of a code or a link in a message. It is not accepted for any other purpose. */
export type CodePurpose =
  | 'verify_email'
  | 'reset'
  /** A reset with a link from an administrator, which does not verify the email. */
  | 'reset_link'
  | 'sign_in'
  | 'second_factor'
  | 'change_email'
  | 'undo_email'
  | 'not_me'
  | 'restore'

export type EmailCode = {
  readonly id: string
  readonly purpose: CodePurpose
  /** Undefined for an address without an account: such a code proves nothing. */
  readonly userId: string | undefined
  /** The address that it was sent to, or that undoing a change restores. */
  readonly email: string | undefined
  /** The key and MAC of the six digits. */
  readonly codeMac: string
  /** The browser that requested it: the link does not sign in any other browser. */
  readonly browserHash: string | undefined
}

/** After so many wrong codes a new one has to be sent. */
export const maxCodeTries = 5

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const lifetimes: Readonly<Record<CodePurpose, number>> = {
  verify_email: dayMs,
  reset: 30 * minuteMs,
  reset_link: 60 * minuteMs,
  sign_in: 10 * minuteMs,
  second_factor: 10 * minuteMs,
  change_email: 10 * minuteMs,
  undo_email: 7 * dayMs,
  not_me: 7 * dayMs,
  // The longest grace period that a setting allows. The account stores when it really ends.
  restore: 90 * dayMs,
}

/** What a message contains: the page that its link opens, and whether it shows the code. */
type Contents = { readonly page?: string; readonly hasCode?: true }

export const contentsOfMessages: Readonly<Record<MessageKind, Contents>> = {
  verify_email: { page: '/verify-email', hasCode: true },
  reset: { page: '/reset-password', hasCode: true },
  sign_in: { page: '/sign-in/link', hasCode: true },
  second_factor: { hasCode: true },
  change_email: { hasCode: true },
  address_taken: {},
  email_changed: { page: '/undo-email' },
  new_device: { page: '/not-me' },
  password_changed: { page: '/not-me' },
  factor_added: { page: '/not-me' },
  factor_removed: { page: '/not-me' },
  token_reused: { page: '/not-me' },
  deletion_scheduled: { page: '/restore-account' },
  test: {},
}

export function expiryOf(purpose: CodePurpose, now: Instant): Instant {
  return now + lifetimes[purpose]
}

/** The six digits that a user typed, possibly in groups; undefined for anything else. */
export function digitsIn(typed: string): string | undefined {
  const digits = typed.replaceAll(/[ \u00a0-]/g, '')
  return /^[0-9]{6}$/.test(digits) ? digits : undefined
}
