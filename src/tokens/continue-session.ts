import { AppError } from '#src/errors/errors.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { replaceHandles } from '#src/sessions/handles.sql.ts'
import type { Query } from '#src/store/db.ts'
import { mintPair, type TokenPair } from '#src/tokens/mint.ts'
import { findTokenSubject, type TokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

type Handles = { readonly handle: string; readonly pageHandle: string }

/** A session that continues when all others end; `pageHandle` is set for a page session. */
export type ContinuedSession = { readonly pair: TokenPair; readonly pageHandle: string | undefined }

export type Continuation = {
  readonly subject: TokenSubject
  readonly now: number
  readonly isPage: boolean
  readonly handles: Handles
}

export function newHandles(random: Random): Handles {
  return { handle: randomId(random), pageHandle: randomId(random) }
}

/**
 * A step: rotates the handles of the caller's session, in a transaction that ends all others. Throws if the
 * session has ended, which rolls the transaction back: nothing has been revoked yet.
 */
export async function continueSession(
  query: Query,
  { clock }: World,
  { sessionId, handles }: { sessionId: string; handles: Handles },
): Promise<Continuation> {
  const now = clock.now()
  const hashes = { handleHash: hashOf(handles.handle), pageHash: hashOf(handles.pageHandle) }
  const replaced = await replaceHandles(query, { id: sessionId, ...hashes, now })
  const subject = replaced ? await findTokenSubject(query, { sessionId, now }) : undefined
  if (!replaced || !subject) throw new AppError('not_signed_in')
  return { subject, now, isPage: replaced.isPage, handles }
}

/** After the commit: the pair of the remaining session. */
export function pairOfContinued(world: World, continuation: Continuation): ContinuedSession {
  const { subject, now, isPage, handles } = continuation
  const pair = mintPair(world, { subject, now, handle: handles.handle, counter: 0 })
  return { pair, pageHandle: isPage ? handles.pageHandle : undefined }
}
