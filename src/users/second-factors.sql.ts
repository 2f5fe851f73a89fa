import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { type ChosenKind, type FactorKind, factorKindsIn, secondFactorsOf } from '#src/users/factor.ts'

/**
 * A step, the first of every change to the second factors of a user: it takes the row lock, so that
 * concurrent changes run one after the other. Returns undefined if there is no such user.
 */
export async function lockSecondFactors(query: Query, id: string): Promise<FactorKind[] | undefined> {
  const [row] = await query(sql`update users set state = state where id = ${id} returning second_factors`)
  return row && factorKindsIn(row.second_factors as string)
}

/**
 * A step, under that lock, and the only writer of `second_factors`: recomputes the second factors that a
 * sign-in requires. A sign-in in progress with the previous factors fails.
 */
export async function refreshSecondFactors(query: Query, userId: string): Promise<FactorKind[]> {
  const [row] = await query(sql`select passkey_factor_at, email_factor_at,
    (select count(*) from totp_secrets where user_id = users.id and confirmed_at is not null) as apps,
    (select count(*) from passkeys where user_id = users.id) as passkeys,
    (select count(*) from recovery_codes where user_id = users.id and used_at is null) as codes
    from users where id = ${userId}`)
  if (!row) return []
  const hasPasskey = (row.passkeys as number) > 0
  const kinds = secondFactorsOf({
    hasTotp: (row.apps as number) > 0,
    hasPasskey,
    hasCodes: (row.codes as number) > 0,
    chosen: chosenIn(row).map(({ kind }) => kind),
  })
  // The choice is removed with the last passkey: a later passkey must not bring it back automatically.
  await query(sql`update users set second_factors = ${kinds.join(',')},
      passkey_factor_at = ${hasPasskey ? ((row.passkey_factor_at as Instant | null) ?? null) : null}
    where id = ${userId}`)
  return kinds
}

export type Choice = { readonly kind: ChosenKind; readonly at: Instant }

/** The second factors that a user has turned on, without those that were set up. */
export async function choicesOf(query: Query, userId: string): Promise<Choice[]> {
  const [row] = await query(sql`select passkey_factor_at, email_factor_at from users where id = ${userId}`)
  return row ? chosenIn(row) : []
}

function chosenIn({ passkey_factor_at, email_factor_at }: Row): Choice[] {
  return [
    ...(passkey_factor_at === null ? [] : [{ kind: 'passkey' as const, at: passkey_factor_at as Instant }]),
    ...(email_factor_at === null ? [] : [{ kind: 'email_code' as const, at: email_factor_at as Instant }]),
  ]
}

/** Stores a choice, by its kind. Each returns false if it was already made. */
export const choose: Readonly<
  Record<ChosenKind, (query: Query, userId: string, now: Instant) => Promise<boolean>>
> = {
  passkey: async (query, userId, now) => {
    const rows = await query(sql`update users set passkey_factor_at = ${now}
      where id = ${userId} and passkey_factor_at is null
        and exists (select 1 from passkeys where user_id = users.id) returning id`)
    return rows.length === 1
  },
  email_code: async (query, userId, now) => {
    const rows = await query(sql`update users set email_factor_at = ${now}
      where id = ${userId} and email_factor_at is null and email_verified_at is not null returning id`)
    return rows.length === 1
  },
}

/** Removes a choice, by its kind. Each returns false if there was no such choice. */
export const unchoose: Readonly<Record<ChosenKind, (query: Query, userId: string) => Promise<boolean>>> = {
  passkey: async (query, userId) => {
    const rows = await query(sql`update users set passkey_factor_at = null
      where id = ${userId} and passkey_factor_at is not null returning id`)
    return rows.length === 1
  },
  email_code: async (query, userId) => {
    const rows = await query(sql`update users set email_factor_at = null
      where id = ${userId} and email_factor_at is not null returning id`)
    return rows.length === 1
  },
}
