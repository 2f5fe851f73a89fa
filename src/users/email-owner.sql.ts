import type { Language } from '#src/errors/error-codes.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

type Proof = { readonly userId: string; readonly email: string; readonly now: Instant }

/** Returns false if the user's email has changed, or was already verified. */
export async function markEmailVerified(query: Query, { userId, email, now }: Proof): Promise<boolean> {
  const rows = await query(sql`update users set email_verified_at = ${now}
    where id = ${userId} and email = ${email} and email_verified_at is null and state = 'active'
    returning id`)
  return rows.length === 1
}

/**
 * A person has proven an email that the account's user never verified. Another person may have created the
 * account, so its password and its factors are removed. Returns false if it was verified before.
 */
export async function takeOverEmail(query: Query, { userId, email, now }: Proof): Promise<boolean> {
  const rows = await query(sql`update users set email_verified_at = ${now}, password_hash = null,
      second_factors = '', passkey_factor_at = null, email_factor_at = null, failed_passwords = 0,
      password_must_change_at = null, password_changed_at = null
    where id = ${userId} and email = ${email} and email_verified_at is null and state = 'active'
    returning id`)
  return rows.length === 1
}

/** Returns false if the user was changed or disabled since `signature` was read. */
export async function setNewPassword(
  query: Query,
  change: {
    userId: string
    signature: string
    passwordHash: string
    mustChangeAt: Instant | undefined
    now: Instant
  },
): Promise<boolean> {
  const { userId, signature, passwordHash, mustChangeAt, now } = change
  const rows = await query(sql`update users set password_hash = ${passwordHash}, failed_passwords = 0,
      password_must_change_at = ${mustChangeAt ?? null}, password_changed_at = ${now}
    where id = ${userId} and signature = ${signature} returning id`)
  return rows.length === 1
}

/** Returns false if the password was replaced or is already marked. */
export async function markPasswordLeaked(
  query: Query,
  { userId, passwordHash, now }: { userId: string; passwordHash: string | undefined; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`update users set password_must_change_at = ${now}
    where id = ${userId} and password_hash = ${passwordHash ?? null} and password_must_change_at is null
    returning id`)
  return rows.length === 1
}

/** The same statement for an unknown user, so that both cost the same. */
export async function countFailedPassword(query: Query, userId: string | undefined): Promise<void> {
  await query(sql`update users set failed_passwords = failed_passwords + 1 where id = ${userId ?? ''}`)
}

/** Returns false if there is no such user. */
export async function forgetFailedPasswords(query: Query, userId: string): Promise<boolean> {
  const rows = await query(sql`update users set failed_passwords = 0 where id = ${userId} returning id`)
  return rows.length === 1
}

export async function setLanguage(query: Query, userId: string, language: Language): Promise<void> {
  await query(sql`update users set language = ${language} where id = ${userId}`)
}
