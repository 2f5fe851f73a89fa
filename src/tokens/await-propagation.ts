import type { ErrorCode } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Call } from '#src/http/call.ts'
import type { AnyEndpoint } from '#src/http/endpoint.ts'
import { mayAnswerEarly } from '#src/http/prefer.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { World } from '#src/world/world.ts'

/** Errors about something that does not exist, possibly because it was just removed. */
const codesOfTheMissing: readonly ErrorCode[] = ['not_found', 'not_signed_in', 'wrong_password']

/**
 * Waits before an authentic caller who asked for a revocation is rejected. An earlier call may have committed
 * it and given up before it was propagated. If the row is gone, its log entry is unknown, so this waits for
 * everything revoked until now, which takes no time if nothing is outstanding. Never called for callers
 * without an authentic token, because they could make the server wait.
 */
export async function awaitPropagation(
  call: Pick<Call, 'header'>,
  propagated: Promise<Propagation>,
): Promise<void> {
  if (!mayAnswerEarly(call, propagated)) await propagated
}

/** The same if the error is about something that may have existed; other errors are returned at once. */
export async function awaitPropagationBefore(world: World, call: Call, error: AppError): Promise<void> {
  const mayBeRepeat = call.caller && codesOfTheMissing.includes(error.code)
  if (mayBeRepeat) await awaitPropagation(call, propagateAll(world))
}

/** Wraps an endpoint that may revoke: a repeat gets its error only once the first call is propagated. */
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
