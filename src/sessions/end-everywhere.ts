import type { By } from '#src/audit/by.ts'
import { type Happening, recordEvent, recordEvents } from '#src/audit/record-event.ts'
import type { Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endAllSessionsOf, endSessionsOf } from '#src/sessions/end.sql.ts'
import { endGrantsOf, endGrantsOfAll } from '#src/sessions/grants.sql.ts'
import type { EndReason } from '#src/sessions/session.ts'
import type { Query } from '#src/store/db.ts'
import { grouped } from '#src/store/grouped.ts'
import { rotateSignature } from '#src/users/rotate-signature.ts'
import { replaceSignatures } from '#src/users/users.sql.ts'
import { perWorld, type World } from '#src/world/world.ts'

type Everywhere = { readonly userId: string; readonly reason: EndReason; readonly by: By }
type Ended = { readonly sessionsEnded: number; readonly propagated: Promise<Propagation> }

/**
 * Ends every session and every grant of a user, and rotates the signature, which revokes all their
 * first-party tokens. Tokens of apps do not carry it, so each grant is revoked by its own id.
 */
export async function logOutEverywhere(world: World, everywhere: Everywhere): Promise<Ended> {
  return loggingOut(world)(everywhere)
}

const loggingOut = perWorld((world) =>
  grouped<Everywhere, Ended>(world.db, {
    keyOf: ({ userId }) => userId,
    together: (together) => endTogether(world, together),
    alone: (everywhere) => endAlone(world, everywhere),
  }),
)

async function endAlone(world: World, everywhere: Everywhere): Promise<Ended> {
  const { userId, reason } = everywhere
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const ended = await endAll(query, { ...world, userId, spared: '', reason })
    if (ended.ids.length === 0) return { outcome: 0, revoked: [] }
    await recordEvent(query, world, happeningOf(everywhere, ended.sessions))
    return { outcome: ended.sessions, ...(await revokeAll(query, world, ended)) }
  })
  return { sessionsEnded: outcome, propagated }
}

/** One statement for each step, whatever the number of users. Leaves out users who are not there. */
async function endTogether(world: World, everywhere: readonly Everywhere[]): Promise<Map<string, Ended>> {
  const { random, clock } = world
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const fresh = everywhere.map(({ userId }) => ({ userId, signature: randomId(random) }))
    const old = await replaceSignatures(query, fresh)
    const users = everywhere.filter(({ userId }) => old.has(userId))
    const now = clock.now()
    const [live, grants] = await Promise.all([
      endAllSessionsOf(query, { users, now }),
      endGrantsOfAll(query, { userIds: [...old.keys()], now }),
    ])
    const ended = users.map((one) => ({ ...one, sessions: live.filter((id) => id === one.userId).length }))
    await recordEvents(query, world, { possible: ended.map((one) => happeningOf(one, one.sessions)) })
    const all = { sessions: live.length, ids: [...old.values()], grants, reason: 'logout_all' } as const
    const { revoked } = await revokeAll(query, world, all)
    return { outcome: ended, revoked, ended }
  })
  return new Map(outcome.map(({ userId, sessions }) => [userId, { sessionsEnded: sessions, propagated }]))
}

function happeningOf({ userId, reason, by }: Everywhere, sessionsEnded: number): Happening {
  return {
    event: 'user.logged_out_everywhere',
    by,
    target: { kind: 'user', id: userId },
    details: { reason, sessions_ended: sessionsEnded },
  }
}

type EndAll = {
  random: Random
  clock: { now(): Instant }
  userId: string
  spared: string
  reason: EndReason
}

export type AllEnded = {
  readonly sessions: number
  readonly ids: readonly string[]
  /** The grants that ended with the sessions. */
  readonly grants: readonly string[]
  readonly reason: EndReason
}

/**
 * A step: rotates the signature, then ends the sessions and the grants. The user's row is locked first, so
 * that a sign-in in progress happens entirely before or entirely after. The caller revokes the ids as its
 * last statement.
 */
export async function endAll(
  query: Query,
  { random, clock, userId, spared, reason }: EndAll,
): Promise<AllEnded> {
  const rotating = rotateSignature(query, { random, userId })
  const now = clock.now()
  const ending = endSessionsOf(query, { userId, spared, now, reason })
  const endingGrants = endGrantsOf(query, { userId, now })
  const [old, ended, grants] = await Promise.all([rotating, ending, endingGrants])
  return { sessions: ended.live.length, ids: old === undefined ? [] : [old], grants, reason }
}

/** A step: revokes what `endAll` returned. */
export async function revokeAll(
  query: RevokingQuery,
  world: World,
  ended: AllEnded,
): Promise<{ revoked: Revoked[]; ended: AllEnded[] }> {
  const signature = await revoke(query, world, { kind: 'signature', ids: ended.ids })
  const grants = await revoke(query, world, { kind: 'grant', ids: ended.grants })
  return { revoked: [...signature, ...grants], ended: [ended] }
}

/** Rotates the signature without ending sessions: clients refresh and get the new roles and names at once. */
export async function renewSignature(query: RevokingQuery, world: World, userId: string): Promise<Revoked[]> {
  const old = await rotateSignature(query, { random: world.random, userId })
  return revoke(query, world, { kind: 'signature', ids: old === undefined ? [] : [old] })
}
