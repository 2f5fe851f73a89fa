import type { Call } from '#src/http/call.ts'
import type { AnyEndpoint } from '#src/http/endpoint.ts'
import { mayAnswerEarly } from '#src/http/prefer.ts'
import { Refusal, type RefusalCode } from '#src/errors/errors.ts'
import { reachSoFar } from '#src/revocations/commit.ts'
import type { Reach } from '#src/revocations/propagation.ts'
import type { World } from '#src/world/world.ts'

/** What is said of something that is not there: perhaps not any more, since a moment ago. */
const noesOfTheDead: readonly RefusalCode[] = ['not_found', 'not_signed_in', 'wrong_password']

/**
 * Before a no to somebody whose word counts, and who would have something dead: an earlier call may have
 * killed it, and given up before that held everywhere. Nothing names the entry any more where the row is
 * gone, so this waits for all that was revoked until now, which is nothing where nothing is outstanding.
 * Whoever shows nothing authentic is never brought here: they could make the server wait.
 */
export async function settled(call: Pick<Call, 'header'>, reached: Promise<Reach>): Promise<void> {
  if (!mayAnswerEarly(call, reached)) await reached
}

/** The same where the no is one of something that may have been there; others are said at once. */
export async function settledBefore(world: World, call: Call, no: Refusal): Promise<void> {
  if (call.caller && noesOfTheDead.includes(no.code)) await settled(call, reachSoFar(world))
}

/** A call that may revoke, made so that no refusal of what is not there overtakes the end of that. */
export function settling(endpoint: AnyEndpoint<World>): AnyEndpoint<World> {
  return {
    ...endpoint,
    async handle(world, call) {
      try {
        return await endpoint.handle(world, call)
      } catch (fault) {
        if (fault instanceof Refusal) await settledBefore(world, call, fault)
        throw fault
      }
    },
  }
}
