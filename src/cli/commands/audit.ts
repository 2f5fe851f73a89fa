import { z } from 'zod'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { exits, failure, success, worldCommand } from '#src/cli/command.ts'

export const auditVerify = worldCommand({
  name: 'audit verify',
  summary: 'Verify that no event of the audit log was changed, moved or removed.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world) => {
    const verdict = await verifyAudit(world)
    if (verdict.kind === 'broken') {
      return failure(exits.failed, 'audit_broken', [
        `The audit log was changed after it was written, from event ${verdict.seq} on. ${verdict.why}`,
        'Compare it with a backup, and find out who can write to this database.',
      ])
    }
    const { events, first, unsealed, head } = verdict
    const kept = events + 1 - first
    const lines = kept === 1 ? '1 event' : `${kept} events`
    return success(
      [
        `The audit log is intact: ${lines}, ending in ${head || 'nothing'}.`,
        ...(unsealed > 0 ? [`Events not sealed yet: ${unsealed}.`] : []),
        'Keep the count and the ending elsewhere: a log that is rolled back to an older state looks intact.',
      ],
      { whole: true, events, first, unsealed, head },
    )
  },
})
