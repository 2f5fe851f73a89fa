import type { ErrorCode } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Call } from '#src/http/call.ts'
import type { AnyEndpoint } from '#src/http/endpoint.ts'
import { mayAnswerEarly } from '#src/http/prefer.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { World } from '#src/world/world.ts'

/** What is said of something that is not there: perhaps not any more, since a moment ago. */
const codesOfTheMissing: readonly ErrorCode[] = ['not_found', 'not_signed_in', 'wrong_password']

/**
 * Before a no to somebody whose word counts, and who would have something dead: an earlier call may have
 * killed it, and given up before that held everywhere. Nothing names the entry any more where the row is
 * gone, so this waits for all that was revoked until now, which is nothing where nothing is outstanding.
 * Whoever shows nothing authentic is never brought here: they could make the server wait.
 */
export async function awaitPropagation(
  call: Pick<Call, 'header'>,
  propagated: Promise<Propagation>,
): Promise<void> {
  if (!mayAnswerEarly(call, propagated)) await propagated
}

/** The same where the no is one of something that may have been there; others are said at once. */
export async function awaitPropagationBefore(world: World, call: Call, no: AppError): Promise<void> {
  if (call.caller && codesOfTheMissing.includes(no.code)) await awaitPropagation(call, propagateAll(world))
}

/** A call that may revoke, made so that no refusal of what is not there overtakes the end of that. */
export function awaitingPropagation(endpoint: AnyEndpoint<World>): AnyEndpoint<World> {
  return {
    ...endpoint,
    async handle(world, call) {
      try {
        return await endpoint.handle(world, call)
      } catch (error) {
        if (error instanceof AppError) await awaitPropagationBefore(world, call, error)
        throw error
      }
    },
  }
}
