import { hashPassword, isRenewedBy, matches } from '#src/credentials/passwords/hash.ts'
import { type Factor, factorTraits } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type Proving = {
  readonly user: User | undefined
  readonly password: string
  readonly address: string
  /** Whether the browser has signed in as this user before. */
  readonly isKnown?: boolean
}

export type PasswordProof = {
  readonly factor: Factor
  /** A hash with current parameters, to replace a stored hash with outdated ones. */
  readonly freshHash: string | undefined
}

/**
 * Checks a password. Without a user, or without a password, the same work is done and the check fails. Throws
 * `busy` if too many checks wait for a hasher.
 */
export async function provePassword(
  world: World,
  { user, password, address, isKnown = false }: Proving,
): Promise<PasswordProof | undefined> {
  const passwordHash = user?.passwordHash
  const isRight = await matches(world, { password, passwordHash, address, isKnown })
  if (!isRight || passwordHash === undefined) return undefined
  const factor = { kind: 'password', amr: factorTraits.password.amr, at: world.clock.now() } as const
  const isOld = isRenewedBy(world, password, passwordHash)
  return { factor, freshHash: isOld ? await hashPassword(world, password, address) : undefined }
}
