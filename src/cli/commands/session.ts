import { z } from 'zod'
import { byCli } from '#src/audit/by.ts'
import { type Command, failure, success, worldCommand } from '#src/cli/command.ts'
import { propagationOnWire, propagationSentence } from '#src/cli/commands/one-user.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import { end } from '#src/sessions/end.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'

const endCommand = worldCommand({
  name: 'session end',
  creates: 'nothing',
  summary: 'End one session and revoke its tokens. `sigil user sessions USER` lists the sessions of a user.',
  operands: ['session'],
  flags: {},
  input: z.strictObject({ session: z.string().max(100) }),
  run: async (world, { session: id }) => {
    const session = await sessionById(world.db.query, id)
    if (!session) {
      // It may have just been deleted, and not every server may know it yet.
      await propagateAll(world)
      const advice = '`sigil user sessions USER` lists the sessions of a user.'
      return failure('not_found', [`There is no session ${id}.`, advice])
    }
    const already = session.state === 'ended'
    const ending = { sessionId: id, userId: session.userId, reason: 'revoked', by: byCli } as const
    const propagation = await (await end(world, ending)).propagated
    const outcome = already ? 'had already ended' : 'is ended'
    return success([`The session ${id} ${outcome}. ${propagationSentence(propagation)}`], {
      session_id: id,
      user_id: session.userId,
      already,
      ...propagationOnWire(propagation),
    })
  },
})

export const sessionCommands: readonly Command[] = [endCommand]
