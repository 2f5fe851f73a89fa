import type { Language } from '#src/errors/error-codes.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'
import { factorKindsIn } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'

export type NewUser = {
  readonly id: string
  readonly email: string
  readonly username: string | undefined
  readonly usernameKey: string | undefined
  readonly fullName: string | undefined
  readonly fullNameKey: string | undefined
  readonly passwordHash: string | undefined
  readonly signature: string
  readonly createdAt: Instant
}

/** Returns false if the email or the username is taken. */
export async function insertUser(query: Query, user: NewUser): Promise<boolean> {
  const rows = await query(sql`insert into users
    (id, email, username, username_key, full_name, full_name_key, password_hash, signature, state, created_at,
      password_changed_at)
    values (${user.id}, ${user.email}, ${user.username ?? null}, ${user.usernameKey ?? null},
      ${user.fullName ?? null}, ${user.fullNameKey ?? null}, ${user.passwordHash ?? null},
      ${user.signature}, 'active', ${user.createdAt},
      ${user.passwordHash === undefined ? null : user.createdAt})
    on conflict do nothing returning id`)
  return rows.length === 1
}

export async function findUser(query: Query, id: string): Promise<User | undefined> {
  const [row] = await query(sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
    where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users where id = ${id}`)
  return row && userFromRow(row)
}

/** An unknown email is one row too, and runs the same subqueries, so that both cost the same. */
export async function findUserByEmail(query: Query, email: string): Promise<User | undefined> {
  const [row] = await query(sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
    where user_id = coalesce(users.id, '')) as roles,
      (select count(*) from passkeys where user_id = coalesce(users.id, '')) as passkeys
    from (select 1 as one) as given left join users on users.email = ${email}`)
  return row && row.id !== null ? userFromRow(row) : undefined
}

/** The same for a username. */
export async function findUserByUsername(query: Query, key: string): Promise<User | undefined> {
  const [row] = await query(sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
    where user_id = coalesce(users.id, '')) as roles,
      (select count(*) from passkeys where user_id = coalesce(users.id, '')) as passkeys
    from (select 1 as one) as given left join users on users.username_key = ${key}`)
  return row && row.id !== null ? userFromRow(row) : undefined
}

/**
 * The first step of every sign-in's transaction: returns false if the user has changed since the password
 * was checked. It takes the row lock, so a disable or a password change happens entirely before or entirely
 * after. `passwordHash` replaces the stored hash, for example after a change of the hashing parameters.
 */
export async function markSignedIn(
  query: Query,
  signIn: { user: User; now: Instant; passwordHash: string | undefined },
): Promise<boolean> {
  const { user, now, passwordHash } = signIn
  const rows = await query(sql`update users set last_signed_in_at = ${now},
      password_hash = coalesce(${passwordHash ?? null}, password_hash), failed_passwords = 0
    where id = ${user.id} and signature = ${user.signature} and state = 'active'
      and second_factors = ${user.secondFactors.join(',')}
      and coalesce(password_hash, '') = ${user.passwordHash ?? ''} returning id`)
  return rows.length === 1
}

export async function setSignature(query: Query, userId: string, signature: string): Promise<void> {
  await query(sql`update users set signature = ${signature} where id = ${userId}`)
}

export async function setEmailVerified(query: Query, userId: string, at: Instant): Promise<void> {
  await query(sql`update users set email_verified_at = ${at} where id = ${userId}`)
}

/**
 * Takes the row lock of a user and returns the signature. A transaction that ends several sessions of a user
 * starts with this: a sign-in holds the same lock and may end some of the same sessions, so a different order
 * could deadlock.
 */
export async function lockUser(query: Query, id: string): Promise<{ signature: string } | undefined> {
  const [row] = await query(sql`update users set state = state where id = ${id} returning signature`)
  return row && { signature: row.signature as string }
}

/**
 * Gives new signatures to several users, on PostgreSQL, and takes the locks of their rows without waiting: a
 * user whom another transaction has locked is skipped. Returns the old signatures by user.
 */
export async function replaceSignatures(
  query: Query,
  fresh: readonly { userId: string; signature: string }[],
): Promise<Map<string, string>> {
  const list = fresh.map(({ userId, signature }) => ({ user_id: userId, fresh: signature }))
  const rows = await query(sql`update users set signature = mine.fresh
    from ${rowsOf('user_id text, fresh text', list)} as given
      cross join lateral (select id, signature as old, given.fresh from users
        where id = given.user_id limit 1 for update skip locked) as mine
    where users.id = mine.id returning users.id, mine.old`)
  return new Map(rows.map((row) => [row.id as string, row.old as string]))
}

/**
 * Returns false if there is no such user, or the state is already set. A deletion that its owner can
 * undo is cancelled: otherwise an owner could undo what an administrator has done.
 */
export async function setUserState(
  query: Query,
  change: { userId: string; state: User['state']; now: Instant },
): Promise<boolean> {
  const disabledAt = change.state === 'disabled' ? change.now : null
  const rows = await query(sql`update users set state = ${change.state}, disabled_at = ${disabledAt},
      deletes_at = null
    where id = ${change.userId} and (state <> ${change.state} or deletes_at is not null) returning id`)
  return rows.length === 1
}

/** Returns false if the stored hash is no longer the one that was checked (`from`). */
export async function replacePasswordHash(
  query: Query,
  change: { userId: string; from: string | undefined; to: string; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`update users set password_hash = ${change.to},
      password_must_change_at = null, password_changed_at = ${change.now}
    where id = ${change.userId} and coalesce(password_hash, '') = ${change.from ?? ''} returning id`)
  return rows.length === 1
}

export type Identity = {
  readonly userId: string
  readonly email: string
  readonly username: string | undefined
  readonly usernameKey: string | undefined
  readonly fullName: string | undefined
  readonly fullNameKey: string | undefined
}

/** All or nothing: returns false if the email or the username is taken. A new email is unverified. */
export async function setIdentity(query: Query, identity: Identity): Promise<boolean> {
  const { userId, email, username, usernameKey, fullName, fullNameKey } = identity
  const rows = await query(sql`update users set
      email_verified_at = case when email = ${email} then email_verified_at end, email = ${email},
      username = ${username ?? null}, username_key = ${usernameKey ?? null},
      full_name = ${fullName ?? null}, full_name_key = ${fullNameKey ?? null}
    where id = ${userId} and not exists (select 1 from users as other where other.id <> ${userId}
      and (other.email = ${email} or other.username_key = ${usernameKey ?? null}))
    returning id`)
  return rows.length === 1
}

/** Deletes a user and everything that references them. The revocation log keeps what was revoked. */
export async function deleteUser(query: Query, id: string): Promise<boolean> {
  return (await query(sql`delete from users where id = ${id} returning id`)).length === 1
}

/** Throws for an impossible combination of columns. */
export function userFromRow(row: Row): User {
  const state = row.state as User['state']
  if ((state === 'disabled') !== (row.disabled_at !== null))
    throw new Error(`User ${row.id} is half disabled`)
  return {
    id: row.id as string,
    email: row.email as string,
    emailVerifiedAt: (row.email_verified_at as Instant | null) ?? undefined,
    username: (row.username as string | null) ?? undefined,
    fullName: (row.full_name as string | null) ?? undefined,
    passwordHash: (row.password_hash as string | null) ?? undefined,
    signature: row.signature as string,
    state,
    roles: row.roles === null ? [] : (row.roles as string).split(','),
    secondFactors: factorKindsIn(row.second_factors as string),
    hasPasskey: (row.passkeys as number) > 0,
    failedPasswords: row.failed_passwords as number,
    passwordMustChangeAt: (row.password_must_change_at as Instant | null) ?? undefined,
    passwordChangedAt: (row.password_changed_at as Instant | null) ?? undefined,
    deletesAt: (row.deletes_at as Instant | null) ?? undefined,
    language: (row.language as Language | null) ?? 'en',
    createdAt: row.created_at as Instant,
    lastSignedInAt: (row.last_signed_in_at as Instant | null) ?? undefined,
  }
}
