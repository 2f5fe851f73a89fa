import { codesLeft } from '#src/credentials/recovery-codes/recovery-code.ts'
import { totpOf } from '#src/credentials/totp/totp.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import type { ListedKind } from '#src/users/factor.ts'
import { choicesOf } from '#src/users/second-factors.sql.ts'

export type Factors = {
  readonly factors: readonly {
    /** The id for removing the factor of this user. */
    readonly id: string
    readonly method: ListedKind
    /** The user's name for it, if any. */
    readonly name: string | undefined
    readonly addedAt: Instant
  }[]
  readonly recoveryCodesLeft: number
}

/** Returns the second factors of a user, without anything that proves them. */
export async function listFactors(query: Query, userId: string): Promise<Factors> {
  const totp = await totpOf(query, userId)
  const app =
    totp && ({ id: 'totp', method: 'totp', name: totp.name || undefined, addedAt: totp.confirmedAt } as const)
  const chosen = (await choicesOf(query, userId)).map(
    ({ kind, at }) => ({ id: kind, method: kind, name: undefined, addedAt: at }) as const,
  )
  const factors = [...(app ? [app] : []), ...chosen]
  return { factors, recoveryCodesLeft: await codesLeft(query, userId) }
}

export function factorsOnWire({ factors, recoveryCodesLeft }: Factors) {
  return {
    data: factors.map(({ id, method, name, addedAt }) => ({
      id,
      method,
      name: name ?? null,
      added_at: rfc3339(addedAt),
    })),
    recovery_codes_left: recoveryCodesLeft,
  }
}
