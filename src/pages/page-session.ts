import type { Call, Caller } from '#src/http/call.ts'
import { changesSomething } from '#src/http/cross-site.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import { awaitPropagation } from '#src/tokens/await-propagation.ts'
import { presentedPageSession } from '#src/tokens/presented-page-session.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

/**
 * The caller of a page, by the session cookie that only our pages set. The database decides if it is live.
 */
export async function callerOfPage(world: World, call: Call): Promise<Caller | undefined> {
  const found = await presentedPageSession(world, call)
  if (!found) return undefined
  const { session } = found
  const subject = await findTokenSubject(world.db.query, { sessionId: session.id, now: world.clock.now() })
  if (!subject) {
    // A form may have been sent twice, and the first request may have ended this session.
    const mayBeRepeat = session.state === 'ended' && changesSomething(call.method)
    if (mayBeRepeat) await awaitPropagation(call, propagateAll(world))
    return undefined
  }
  return {
    userId: subject.user.id,
    sessionId: subject.sessionId,
    signature: subject.signature,
    roles: subject.user.roles,
    authenticatedAt: subject.authenticatedAt,
    via: 'page',
  }
}
