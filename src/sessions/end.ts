import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Reach } from '#src/revocations/propagation.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { EndReason } from '#src/sessions/session.ts'
import { endSession, endSessionsOf, sessionById } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { lockUser } from '#src/users/lock-user.ts'
import { rotateSignature } from '#src/users/rotate-signature.ts'
import type { World } from '#src/world/world.ts'

type Ending = { readonly sessionId: string; readonly because: EndReason; readonly by: By }

/** Ends one session: its refresh token and every access token of it. A repeat waits for the same promise. */
export async function end(world: World, ending: Ending): Promise<{ reached: Promise<Reach> }> {
  const { sessionId, because } = ending
  const { reached } = await commitRevoking(world, async (query) => {
    const ended = await endSession(query, { id: sessionId, now: world.clock.now(), because })
    if (!ended) return { outcome: undefined, revoked: [] }
    await recordEnd(query, world, { ...ending, ...ended })
    const revoked = await revoke(query, world, { kind: 'session', keys: [sessionId] })
    return { outcome: undefined, revoked, ended: { sessions: 1, reason: because } }
  })
  return { reached }
}

async function recordEnd(
  query: Query,
  world: World,
  { sessionId, because, by, userId }: Ending & { userId: string },
): Promise<void> {
  await recordEvent(query, world, {
    event: because === 'refresh_token_reused' ? 'refresh_token.reused' : 'session.ended',
    // Whoever logs out has shown a token of the session, whether or not the route asked who they are.
    by: because === 'logout' ? asUser(by, userId) : by,
    target: { kind: 'session', id: sessionId },
    details: { because, user_id: userId },
  })
}

/** Ends a session only where it is this user's. Gives undefined where it is not there, or not theirs. */
export async function endOwn(
  world: World,
  { userId, sessionId, by }: { userId: string; sessionId: string; by: By },
): Promise<{ reached: Promise<Reach> } | undefined> {
  const session = await sessionById(world.db.query, sessionId)
  if (session?.userId !== userId) return undefined
  return end(world, { sessionId, because: 'revoked', by })
}

/** Every server and every verifier remembers each id for an hour, and anybody can have sessions in plenty. */
export const mostAtOnce = 100

/**
 * Ends all of a user's sessions but one, each by its own id, so that the one that stays keeps its tokens;
 * pass an empty id to spare none. Where they are too many they die by the signature, which they share: then
 * the one that stays goes on with its next refresh.
 */
export async function endOthers(
  world: World,
  { userId, spared, by }: { userId: string; spared: string; by: By },
): Promise<{ ended: number; reached: Promise<Reach> }> {
  const { outcome, reached } = await commitRevoking(world, async (query) => {
    const because = 'revoked'
    sendAlong(lockUser(query, userId))
    const ended = await endSessionsOf(query, { userId, spared, now: world.clock.now(), because })
    const count = ended.length
    if (count === 0) return { outcome: 0, revoked: [] }
    const isMany = count > mostAtOnce
    const signature = isMany ? await rotateSignature(query, { random: world.random, userId }) : undefined
    await recordEvent(query, world, {
      event: 'session.ended',
      by,
      target: { kind: 'user', id: userId },
      details: { because: 'revoked', ...(isMany ? { sessions_ended: count } : { sessions: ended }) },
    })
    const dead = signature
      ? ({ kind: 'signature', keys: [signature] } as const)
      : ({ kind: 'session', keys: ended } as const)
    return {
      outcome: count,
      revoked: await revoke(query, world, dead),
      ended: { sessions: count, reason: 'revoked' },
    }
  })
  return { ended: outcome, reached }
}
