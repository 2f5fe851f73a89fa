import type { Instant } from '#src/platform/clock.ts'
import type { User } from '#src/users/user.ts'

/** The identity of a person at a provider. The issuer and the subject together are unique. */
export type Identity = {
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  /** A recognizable name of the account there: an email or a username. */
  readonly label: string
}

/** An identity, with the other claims that the provider reported. */
export type Arrival = Identity & {
  /** Set only if the provider is trusted to have verified it. */
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

/** A user without a password or a passkey keeps one connection: without it they could not sign in. */
export function isLastMethod(
  { passwordHash, hasPasskey }: Pick<User, 'passwordHash' | 'hasPasskey'>,
  connections: number,
): boolean {
  return passwordHash === undefined && !hasPasskey && connections <= 1
}
