import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { type Identity, maxConnections, visitLifetimeMs } from '#src/credentials/upstream/identity.ts'
import {
  findLink,
  identitiesOf,
  insertIdentity,
  insertLink,
  takeLink,
} from '#src/credentials/upstream/upstream.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import { BrokenReference, type Query } from '#src/store/db.ts'
import type { User } from '#src/users/user.ts'
import { lockUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Offer = {
  readonly identity: Identity
  readonly userId: string
  readonly destination: string | undefined
}

/**
 * Stores a connection until its user confirms it. Returns a token for a cookie of the browser that came from
 * the provider; the database stores its hash.
 */
export async function offerLink(
  { db, random, clock }: World,
  { identity, userId, destination }: Offer,
): Promise<string> {
  const token = randomId(random)
  const { provider, issuer, subject, label } = identity
  await insertLink(db.query, {
    ...{ provider, issuer, subject, label, userId, destination },
    id: randomId(random),
    tokenHash: hashOf(token),
    expiresAt: clock.now() + visitLifetimeMs,
  }).catch((error: unknown) => {
    throw error instanceof BrokenReference ? new AppError('provider_expired') : error
  })
  return token
}

type Confirming = { readonly user: User; readonly token: string | undefined }

/** The connection to confirm. Throws `provider_expired` if there is none for this user. */
export async function offeredLink({ db, clock }: World, { user, token = '' }: Confirming): Promise<Identity> {
  const link = await findLink(db.query, { tokenHash: hashOf(token), userId: user.id, now: clock.now() })
  if (!link) throw new AppError('provider_expired')
  return link
}

/** Connects an identity. Needs a recent proof. Returns the page that the user was going to. */
export async function connect(
  world: World,
  { user, token = '', sessionId, by }: Confirming & { sessionId: string; by: By },
): Promise<{ destination: string | undefined }> {
  await requireRecentProof(world, { user, sessionId })
  const outcome = await world.db.transaction(async (query) => {
    const now = world.clock.now()
    if (!(await lockUser(query, user.id))) return { kind: 'expired' } as const
    const link = await takeLink(query, { tokenHash: hashOf(token), userId: user.id, now })
    if (!link) return { kind: 'expired' } as const
    if ((await identitiesOf(query, user.id)).length >= maxConnections) return { kind: 'full' } as const
    const isAdded = await addConnection(query, world, { identity: link, userId: user.id, by })
    return isAdded
      ? ({ kind: 'connected', destination: link.destination } as const)
      : ({ kind: 'taken' } as const)
  })
  if (outcome.kind === 'connected') return outcome
  throw new AppError(errors[outcome.kind])
}

const errors = {
  expired: 'provider_expired',
  full: 'too_many_connections',
  taken: 'connected_elsewhere',
} as const

/** A step: from now on the identity signs the user in. Returns false if it is connected already. */
export async function addConnection(
  query: Query,
  world: World,
  { identity, userId, by }: { identity: Identity; userId: string; by: By },
): Promise<boolean> {
  const { provider, issuer, subject, label } = identity
  const id = randomId(world.random)
  const linkedAt = world.clock.now()
  if (!(await insertIdentity(query, { id, userId, provider, issuer, subject, label, linkedAt }))) return false
  await recordEvent(query, world, {
    event: 'connection.added',
    by,
    target: { kind: 'user', id: userId },
    details: { connection: id, provider, issuer },
  })
  return true
}
