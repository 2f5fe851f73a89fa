import { endOneGrant } from '#src/apps/end-grant.ts'
import { findGrantSubject } from '#src/apps/grant-subject.sql.ts'
import type { By } from '#src/audit/by.ts'
import type { Instant } from '#src/platform/clock.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import type { GrantSubject } from '#src/sessions/grant.ts'
import { grantByHandle } from '#src/sessions/grants.sql.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { extendSession } from '#src/sessions/handles.sql.ts'
import {
  type GrantRotated,
  type GrantRotation,
  rotateGrant,
  rotateGrants,
} from '#src/sessions/rotate-grants.sql.ts'
import { type Client, clientOf, extendedFrom, judgeRefresh } from '#src/sessions/session.ts'
import { grouped } from '#src/store/grouped.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import { recognizeRefreshToken } from '#src/tokens/recognize-refresh-token.ts'
import { type RefreshToken, writeRefreshToken } from '#src/tokens/refresh-token.ts'
import { perWorld, type World } from '#src/world/world.ts'

type Presented = {
  readonly presented: string
  readonly clientId: string
  /** As in `GrantRotation`. */
  readonly step: 0 | 1
  /** The key that the app has proved with this call. */
  readonly keyThumbprint: string | undefined
  readonly lifetimeMs: number
  readonly client: Client
  readonly by: By
}

export type GrantRefreshed = {
  readonly subject: GrantSubject
  readonly refreshToken: string
  readonly now: Instant
}

/** A race can be lost to another call once; losing more often means that something else is wrong. */
const maxAttempts = 5

/**
 * Rotates a refresh token of an app, like `tokens/refresh.ts`: within the grace period the previous token
 * returns the same successor again, and any older one ends the grant. Undefined if the token is not valid.
 */
export async function refreshGrant(world: World, refreshing: Presented): Promise<GrantRefreshed | undefined> {
  const token = await recognizeRefreshToken(world, refreshing.presented)
  if (!token) return undefined
  await prepareMint(world, world.clock.now())
  const client = clientOf(refreshing.client)
  const { step, lifetimeMs } = refreshing
  const handleHash = hashOf(token.handle)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const now = world.clock.now()
    const rotation = {
      handleHash,
      clientId: refreshing.clientId,
      counter: token.counter,
      step,
      keyThumbprint: refreshing.keyThumbprint,
      now,
      lifetimeMs,
      client,
    }
    const rotated = await rotating(world)(rotation)
    if (rotated) return refreshedOf(world, { subject: rotated.subject, token, now, step })
    const outcome = await repeatOrEnd(world, { ...refreshing, client, token })
    if (outcome.kind === 'repeat') {
      // Grant, session and user in one snapshot: the grant may have ended since it was read.
      const subject = await findGrantSubject(world.db.query, { grantId: outcome.grantId, now })
      return refreshedOf(world, { subject, token, now, step: 1 })
    }
    if (outcome.kind === 'rejected') return undefined
  }
  throw new Error('A refresh token of an app is current, but no update rotates it')
}

const rotating = perWorld(({ db }) =>
  grouped<GrantRotation, GrantRotated | undefined>(db, {
    keyOf: ({ handleHash }) => handleHash,
    together: (rotations) => rotateGrants(db.query, rotations),
    alone: (rotation) => rotateGrant(db.query, rotation),
  }),
)

type Outcome = { kind: 'repeat'; grantId: string } | { kind: 'rejected' | 'again' }

async function repeatOrEnd(
  world: World,
  { token, clientId, keyThumbprint, client, by }: Presented & { token: RefreshToken },
): Promise<Outcome> {
  const now = world.clock.now()
  const grant = await grantByHandle(world.db.query, hashOf(token.handle))
  // A token of another app must not end that app's grant.
  if (grant?.clientId !== clientId) return { kind: 'rejected' }
  // A token without the key that it is bound to is useless, and the attempt must not affect its owner.
  const isProven = grant.keyThumbprint === undefined || grant.keyThumbprint === keyThumbprint
  if (!isProven) return { kind: 'rejected' }
  const graceMs = world.settings.refreshGraceMs
  const verdict = judgeRefresh(grant, { counter: token.counter, client, now, graceMs })
  switch (verdict.kind) {
    case 'repeat':
      return { kind: 'repeat', grantId: grant.id }
    case 'current': {
      // Current, and not rotated: the session has ended, or another call has just rotated it.
      const isLive = await findGrantSubject(world.db.query, { grantId: grant.id, now })
      return { kind: isLive ? 'again' : 'rejected' }
    }
    case 'ended':
      if (verdict.reason === 'refresh_token_reused') await propagateAll(world)
      return { kind: 'rejected' }
    case 'theft': {
      await (await endOneGrant(world, { id: grant.id, reason: 'refresh_token_reused', by })).propagated
      const about = { user_id: grant.userId, client_id: clientId, address: client.address }
      world.log.warn(about, 'A refresh token of an app was used twice, so its grant was ended')
      return { kind: 'rejected' }
    }
    default:
      return { kind: 'rejected' }
  }
}

type Rotated = {
  readonly subject: GrantSubject | undefined
  readonly token: RefreshToken
  readonly now: Instant
  readonly step: 0 | 1
}

async function refreshedOf(
  world: World,
  { subject, token, now, step }: Rotated,
): Promise<GrantRefreshed | undefined> {
  if (!subject) return undefined
  const { grant, sessionExpiresAt } = subject
  const { refreshLifetimeMs: lifetimeMs } = world.settings
  // Using an app keeps the session alive that it is bound to.
  const isDue = sessionExpiresAt !== undefined && sessionExpiresAt <= extendedFrom({ now, lifetimeMs })
  if (isDue && grant.sessionId !== undefined)
    await extendSession(world.db.query, { id: grant.sessionId, now, lifetimeMs })
  const { handle, counter } = token
  return { subject, now, refreshToken: writeRefreshToken(world.keys, { handle, counter: counter + step }) }
}
