import type { By } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { end } from '#src/sessions/end.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { sessionByHandle } from '#src/sessions/sessions.sql.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { recognizeRefreshToken } from '#src/tokens/recognize-refresh-token.ts'
import type { World } from '#src/world/world.ts'

type Presented = { readonly accessToken: string | undefined; readonly refreshToken: string | undefined }

/**
 * Ends the sessions of the given tokens. An expired or revoked access token is enough if it is authentic: its
 * bearer may always end the session. A refresh token may be authentic although its session was deleted or has
 * a new handle; then nothing is found, and the caller waits as for a repeated call.
 */
export async function logOut(
  world: World,
  { by, ...presented }: Presented & { by: By },
): Promise<{ found: boolean; propagated: Promise<Propagation> }> {
  const { isOurs, sessions } = await sessionsOf(world, presented)
  if (!isOurs) throw new AppError('not_signed_in')
  if (sessions.size === 0) return { found: false, propagated: propagateAll(world) }
  const ends: Promise<Propagation>[] = []
  for (const [sessionId, userId] of sessions) {
    const { propagated } = await end(world, { sessionId, userId, reason: 'logout', by })
    ends.push(propagated)
  }
  return { found: true, propagated: Promise.all(ends).then(furthest) }
}

/**
 * The sessions of the tokens, with their users. A client may send tokens of two different sessions by
 * mistake; then it wants both to end.
 */
async function sessionsOf(
  world: World,
  { accessToken, refreshToken }: Presented,
): Promise<{ isOurs: boolean; sessions: ReadonlyMap<string, string> }> {
  const found = new Map<string, string>()
  if (accessToken !== undefined) {
    const verdict = await authenticate(world, accessToken)
    if (verdict.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
    if (verdict.kind !== 'not_ours') found.set(verdict.token.claims.sid, verdict.token.claims.sub)
  }
  const token = refreshToken === undefined ? undefined : await recognizeRefreshToken(world, refreshToken)
  if (token) {
    const session = await sessionByHandle(world.db.query, hashOf(token.handle))
    if (session) found.set(session.id, session.userId)
  }
  return { isOurs: found.size > 0 || token !== undefined, sessions: found }
}

function furthest(propagations: readonly Propagation[]): Propagation {
  return {
    everywhere: propagations.every((propagation) => propagation.everywhere),
    waitedMs: Math.max(...propagations.map((propagation) => propagation.waitedMs)),
  }
}
