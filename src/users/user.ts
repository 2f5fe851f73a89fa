import type { Language } from '#src/errors/error-codes.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import type { FactorKind } from '#src/users/factor.ts'

export type User = {
  readonly id: string
  readonly email: string
  readonly emailVerifiedAt: Instant | undefined
  readonly username: string | undefined
  readonly fullName: string | undefined
  readonly passwordHash: string | undefined
  /** 128 random bits. Every access token of the user carries it, and stops working when it changes. */
  readonly signature: string
  readonly state: 'active' | 'disabled'
  readonly roles: readonly string[]
  /** The second factors that a sign-in requires; empty if one factor is enough. */
  readonly secondFactors: readonly FactorKind[]
  readonly hasPasskey: boolean
  /** Failed password checks since the last that succeeded. */
  readonly failedPasswords: number
  /** Set if an administrator chose the password: it must be replaced at the next sign-in. */
  readonly passwordMustChangeAt: Instant | undefined
  readonly passwordChangedAt: Instant | undefined
  /** When the account will be deleted at the request of its owner, who can restore it until then. */
  readonly deletesAt: Instant | undefined
  /** Of letters. */
  readonly language: Language
  readonly createdAt: Instant
  readonly lastSignedInAt: Instant | undefined
}

/** A user as the API returns it. */
export type PublicUser = Omit<
  User,
  | 'passwordHash'
  | 'signature'
  | 'secondFactors'
  | 'hasPasskey'
  | 'failedPasswords'
  | 'passwordMustChangeAt'
  | 'passwordChangedAt'
  | 'deletesAt'
  | 'language'
>

export function userOnWire(user: PublicUser) {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerifiedAt !== undefined,
    username: user.username ?? null,
    full_name: user.fullName ?? null,
    status: user.state,
    roles: user.roles,
    created_at: rfc3339(user.createdAt),
    last_signed_in_at: user.lastSignedInAt === undefined ? null : rfc3339(user.lastSignedInAt),
  }
}
