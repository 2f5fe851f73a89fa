import type { Instant } from '#src/platform/clock.ts'
import type { User } from '#src/users/user.ts'

/** Who somebody is at an identity provider. The issuer and the subject together are unique. */
export type Identity = {
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  /** What people know the account there by: an email or a user name. */
  readonly label: string
}

/** An identity, with what else the provider reported. */
export type Arrival = Identity & {
  /** Set only where the provider is trusted to have verified it. */
  readonly verifiedEmail: string | undefined
  readonly fullName: string | undefined
}

/** An identity that signs a user in. */
export type Connection = Identity & {
  readonly id: string
  readonly userId: string
  readonly linkedAt: Instant
  readonly lastUsedAt: Instant | undefined
}

/** How long a visit to a provider may take, and how long a connection waits to be confirmed. */
export const visitLifetimeMs = 10 * 60 * 1000

export const maxConnections = 20

/** A user without a password or a passkey keeps one connection, or could never sign in again. */
export function isLastMethod(
  { passwordHash, hasPasskey }: Pick<User, 'passwordHash' | 'hasPasskey'>,
  connections: number,
): boolean {
  return passwordHash === undefined && !hasPasskey && connections <= 1
}
