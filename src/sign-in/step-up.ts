import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import { addProof } from '#src/sessions/add-proof.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { replaceHandles } from '#src/sessions/handles.sql.ts'
import { stepUpMethods } from '#src/sessions/recent-proof.ts'
import type { Client, Session } from '#src/sessions/session.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'
import { notAvailable, type Presented, proveFactor } from '#src/sign-in/factors.ts'
import { mintPair, prepareMint, type TokenPair } from '#src/tokens/mint.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { Factor, FurtherKind } from '#src/users/factor.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type StepUp = {
  readonly userId: string
  readonly sessionId: string
  readonly method: FurtherKind
  readonly presented: Presented
  readonly client: Client
  readonly by: By
}

/** `pageHandle` is set for a page session. */
type SteppedUp = { readonly pair: TokenPair; readonly pageHandle: string | undefined }

/**
 * Authenticates the caller again, for actions that need a recent proof. The proof is stored in the session
 * row and the session continues with a new pair and new handles: the previous ones stop working.
 */
export async function stepUp(world: World, step: StepUp): Promise<SteppedUp> {
  const { userId, sessionId, method, presented, client } = step
  await prepareMint(world, world.clock.now())
  const user = await findUser(world.db.query, userId)
  const session = await sessionById(world.db.query, sessionId)
  if (!user || session?.userId !== userId) throw new AppError('not_signed_in')
  if (!stepUpMethods(world.settings, user).includes(method)) throw notAvailable()
  const proving = { user, presented, client, boundTo: sessionId, purpose: 'step_up', by: step.by } as const
  const factor = await proveFactor(world, method, proving)
  const steppedUp = await writeProof(world, { session, factor, step })
  if (!steppedUp) throw new AppError('not_signed_in')
  return steppedUp
}

async function writeProof(
  world: World,
  { session, factor, step }: { session: Session; factor: Factor; step: StepUp },
): Promise<SteppedUp | undefined> {
  const handles = { handle: randomId(world.random), pageHandle: randomId(world.random) }
  const outcome = await world.db.transaction(async (query) => {
    const now = world.clock.now()
    const hashes = { handleHash: hashOf(handles.handle), pageHash: hashOf(handles.pageHandle) }
    const replaced = await replaceHandles(query, { id: session.id, ...hashes, now })
    if (!replaced) return undefined
    await addProof(query, { sessionId: session.id, factor })
    const subject = await findTokenSubject(query, { sessionId: session.id, now })
    if (!subject) return undefined
    await recordEvent(query, world, {
      event: 'session.proven',
      by: asUser(step.by, session.userId),
      target: { kind: 'session', id: session.id },
      details: { method: factor.kind },
    })
    return { subject, now, isPage: replaced.isPage }
  })
  if (!outcome) return undefined
  const { subject, now, isPage } = outcome
  const pair = mintPair(world, { subject, now, handle: handles.handle, counter: 0 })
  return { pair, pageHandle: isPage ? handles.pageHandle : undefined }
}
