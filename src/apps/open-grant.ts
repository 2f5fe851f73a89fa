import { insertLogoutNotice } from '#src/apps/logout-notices.sql.ts'
import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { randomId } from '#src/platform/random.ts'
import { commitPerhapsRevoking } from '#src/revocations/commit.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import { lockSession } from '#src/sessions/end.sql.ts'
import { maxGrants } from '#src/sessions/grant.ts'
import { endGrant, grantsBeyond, insertGrant } from '#src/sessions/grants.sql.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { type Client, clientOf, expiryOf, maxSessionLifetimeMs } from '#src/sessions/session.ts'
import type { Query } from '#src/store/db.ts'
import type { Level } from '#src/users/factor.ts'
import { lockUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Opening = {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly sessionId: string
  /** It outlives the session that it was opened in. */
  readonly isOffline: boolean
  readonly scopes: readonly string[]
  readonly claims?: readonly string[]
  readonly audiences: readonly string[]
  readonly keyThumbprint: string | undefined
  readonly amr: readonly string[]
  readonly level: Level
  readonly authenticatedAt: number
  readonly refreshLifetimeMs: number
  readonly client: Client
  readonly by: By
}

/** The handle of the refresh tokens, or the reason why no grant was opened. */
export type GrantOpened =
  | { readonly kind: 'opened'; readonly handle: string }
  | { readonly kind: 'used' | 'signed_out' }

/**
 * Opens a grant for a one-time code. `useCode` is the conditional update that uses the code up: it commits
 * together with the grant, so that a second use finds the grant and can end it.
 */
export async function openGrant(
  world: World,
  { useCode, ...opening }: Opening & { useCode: (query: Query) => Promise<boolean> },
): Promise<GrantOpened> {
  const { random, clock } = world
  const handle = randomId(random)
  const { userId, clientId, claims = [] } = opening
  const { outcome, propagated } = await commitPerhapsRevoking<GrantOpened>(world, async (query) => {
    // The user's row first, as everywhere: ending all grants happens entirely before or entirely after.
    const [, isFirst] = await Promise.all([lockUser(query, userId), useCode(query)])
    if (!isFirst) return { outcome: { kind: 'used' }, revoked: [] }
    // An end of the session that does not see this grant has to come first.
    await lockSession(query, opening.sessionId)
    const now = clock.now()
    const isOpen = await insertGrant(query, {
      ...opening,
      claims,
      sessionId: opening.isOffline ? undefined : opening.sessionId,
      openedIn: opening.sessionId,
      handleHash: hashOf(handle),
      now,
      client: clientOf(opening.client),
      expiresAt: expiryOf({ createdAt: now, now, lifetimeMs: opening.refreshLifetimeMs }),
      lastExpiresAt: now + maxSessionLifetimeMs,
    })
    if (!isOpen) return { outcome: { kind: 'signed_out' }, revoked: [] }
    const [crowdedOut] = await Promise.all([
      grantsBeyond(query, userId, maxGrants),
      insertLogoutNotice(query, { grantId: opening.id, now }),
      recordEvent(query, world, {
        event: 'app.connected',
        by: asUser(opening.by, userId),
        target: { kind: 'user', id: userId },
        details: { client_id: clientId, grant: opening.id, scopes: opening.scopes, claims },
      }),
    ])
    for (const id of crowdedOut) await endGrant(query, { id, now, reason: 'crowded_out' })
    const revoked = await revoke(query, world, { kind: 'grant', ids: crowdedOut })
    return { outcome: { kind: 'opened', handle }, revoked }
  })
  await propagated
  return outcome
}
