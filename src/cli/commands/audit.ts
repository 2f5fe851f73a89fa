import { z } from 'zod'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { exits, failure, told, worldCommand } from '#src/cli/command.ts'
import { countOf } from '#src/cli/count-of.ts'

export const auditVerify = worldCommand({
  name: 'audit verify',
  summary: 'Check that no line of the audit log was changed, moved or taken away.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world) => {
    const verdict = await verifyAudit(world)
    if (verdict.kind === 'broken') {
      return failure(exits.failed, 'audit_broken', [
        `The audit log is not as it was written, from line ${verdict.seq} on. ${verdict.why}`,
        'Compare it with a backup, and find out who can write this database.',
      ])
    }
    const { events, first, unsealed, head } = verdict
    const lines = countOf(events + 1 - first, 'line')
    return told(
      [
        `The audit log is whole: ${lines}, ending in ${head || 'nothing'}.`,
        ...(unsealed > 0 ? [`Not sealed yet: ${countOf(unsealed, 'line')}.`] : []),
        'Keep the number and the ending elsewhere: a log that is put back to an older state looks whole.',
      ],
      { whole: true, events, first, unsealed, head },
    )
  },
})
