import { asUser, type By } from '#src/audit/by.ts'
import { type Happening, recordEvent, recordEvents } from '#src/audit/record-event.ts'
import { commitPerhapsRevoking, commitRevoking, propagateAll } from '#src/revocations/commit.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endSession, endSessions, endSessionsOf } from '#src/sessions/end.sql.ts'
import { endSessionGrantsOf } from '#src/sessions/grants.sql.ts'
import { pairwiseGrantsIn, pairwiseGrantsInAll, pairwiseGrantsOf } from '#src/sessions/pairwise-grants.sql.ts'
import type { EndReason } from '#src/sessions/session.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'
import { Undone } from '#src/store/db.ts'
import { grouped } from '#src/store/grouped.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { rotateSignature } from '#src/users/rotate-signature.ts'
import { lockUser } from '#src/users/users.sql.ts'
import { perWorld, type World } from '#src/world/world.ts'

type Ending = {
  readonly sessionId: string
  readonly userId: string
  readonly reason: EndReason
  readonly by: By
}

/**
 * Ends one session: its refresh token and all its access tokens. A repeated call waits for the same
 * propagation.
 */
export async function end(world: World, ending: Ending): Promise<Ended> {
  return endings(world)(ending)
}

type Ended = { readonly propagated: Promise<Propagation> }

const endings = perWorld((world) =>
  grouped<Ending, Ended>(world.db, {
    keyOf: ({ sessionId }) => sessionId,
    together: (together) => endTogether(world, together),
    alone: (ending) => endAlone(world, ending),
  }),
)

/** All statements are sent together; if the first ends nothing, the others are rolled back. */
async function endAlone(world: World, ending: Ending): Promise<Ended> {
  const { sessionId, reason } = ending
  const { propagated } = await commitRevoking(world, async (query) => {
    const [hasEnded, grants, , revoked] = await Promise.all([
      endSession(query, { id: sessionId, now: world.clock.now(), reason }),
      pairwiseGrantsIn(query, sessionId),
      recordEvent(query, world, happeningOf(ending)),
      revoke(query, world, { kind: 'session', ids: [sessionId] }),
    ])
    if (!hasEnded) throw new Undone()
    const ofGrants = await revoke(query, world, { kind: 'grant', ids: grants })
    return { outcome: undefined, revoked: [...revoked, ...ofGrants], ended: [{ sessions: 1, reason }] }
  }).catch((error) => {
    if (error instanceof Undone) return { propagated: propagateAll(world) }
    throw error
  })
  return { propagated }
}

/** One statement for each step, whatever the number of sessions. Leaves out those that have ended before. */
async function endTogether(world: World, endings: readonly Ending[]): Promise<Map<string, Ended>> {
  const { outcome, propagated } = await commitPerhapsRevoking(world, async (query) => {
    const ends = endings.map(({ sessionId, reason }) => ({ id: sessionId, reason }))
    const ending = endSessions(query, { ends, now: world.clock.now() })
    const happened = ending.then((ids) => endings.map(({ sessionId }) => ids.has(sessionId)))
    const [ids] = await Promise.all([
      ending,
      recordEvents(query, world, { possible: endings.map(happeningOf), happened }),
    ])
    const ended = endings.filter(({ sessionId }) => ids.has(sessionId))
    const [grants, revoked] = await Promise.all([
      pairwiseGrantsInAll(query, [...ids]),
      revoke(query, world, { kind: 'session', ids: [...ids] }),
    ])
    const ofGrants = await revoke(query, world, { kind: 'grant', ids: grants })
    return {
      outcome: ids,
      revoked: [...revoked, ...ofGrants],
      ended: ended.map(({ reason }) => ({ sessions: 1, reason })),
    }
  })
  return new Map(propagated && [...outcome].map((sessionId) => [sessionId, { propagated }]))
}

function happeningOf({ sessionId, reason, by, userId }: Ending): Happening {
  return {
    event: reason === 'refresh_token_reused' ? 'refresh_token.reused' : 'session.ended',
    by: reason === 'logout' ? asOwner(by, userId) : by,
    target: { kind: 'session', id: sessionId },
    details: { reason, user_id: userId },
  }
}

/** A user who logs out has presented a token of the session, unless a resource server revokes that token. */
function asOwner(by: By, userId: string): By {
  return by.actor.kind === 'verifier' ? by : asUser(by, userId)
}

/** Ends a session of this user. Returns undefined if it does not exist or belongs to another user. */
export async function endOwn(
  world: World,
  { userId, sessionId, by }: { userId: string; sessionId: string; by: By },
): Promise<{ propagated: Promise<Propagation> } | undefined> {
  const session = await sessionById(world.db.query, sessionId)
  if (session?.userId !== userId) return undefined
  return end(world, { sessionId, userId, reason: 'revoked', by })
}

/** Every server and every verifier stores each revoked id for an hour, and a user can have many sessions. */
export const maxAtOnce = 100

/**
 * Ends all sessions of a user except one, each revoked by its own id, so that the remaining one keeps its
 * tokens; an empty id excludes none. Too many at once are revoked by their common signature: then the
 * remaining one needs a refresh.
 */
export async function endOthers(
  world: World,
  { userId, spared, by }: { userId: string; spared: string; by: By },
): Promise<{ ended: number; propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    sendAlong(lockUser(query, userId))
    const now = world.clock.now()
    const { live, expired } = await endSessionsOf(query, { userId, spared, now, reason: 'revoked' })
    const ids = [...live, ...expired]
    if (ids.length === 0) return { outcome: 0, revoked: [] }
    const areMany = ids.length > maxAtOnce
    const signature = areMany ? await rotateSignature(query, { random: world.random, userId }) : undefined
    // Tokens of apps carry the session id, which is not revoked in this case.
    const grants = areMany
      ? await endSessionGrantsOf(query, { userId, spared, now })
      : await pairwiseGrantsOf(query, { userId, spared })
    await recordEvent(query, world, {
      event: 'session.ended',
      by,
      target: { kind: 'user', id: userId },
      details: { reason: 'revoked', ...(areMany ? { sessions_ended: live.length } : { sessions: live }) },
    })
    const revocation = signature
      ? ({ kind: 'signature', ids: [signature] } as const)
      : ({ kind: 'session', ids } as const)
    return {
      outcome: live.length,
      revoked: [
        ...(await revoke(query, world, revocation)),
        ...(await revoke(query, world, { kind: 'grant', ids: grants })),
      ],
      ended: [{ sessions: live.length, reason: 'revoked' }],
    }
  })
  return { ended: outcome, propagated }
}
