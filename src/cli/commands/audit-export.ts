import { z } from 'zod'
import { exportAudit } from '#src/audit/export-audit.ts'
import { eventOnWire } from '#src/audit/on-wire.ts'
import { LineWriter, writeNewFile } from '#src/backup/new-file.ts'
import { success, worldCommand } from '#src/cli/command.ts'
import { FilePath } from '#src/cli/file-path.ts'
import { pace } from '#src/cli/pace.ts'

const Moment = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-01-31T00:00:00Z.' })
  .transform((text) => Date.parse(text))

export const auditExport = worldCommand({
  name: 'audit export',
  creates: 'nothing',
  summary: 'Write sealed events of the audit log into a new file. Each line is a JSON document.',
  operands: [],
  flags: {
    file: { kind: 'text', value: 'FILE', required: true, summary: 'The file to write. It must not exist.' },
    until: { kind: 'text', value: 'MOMENT', required: false, summary: 'Only events up to this time.' },
  },
  input: z.strictObject({ file: FilePath, until: Moment.optional() }),
  run: async (world, { file, until = Number.MAX_SAFE_INTEGER }, report) => {
    const progress = pace(world.clock, 'events', report)
    const written = await writeNewFile(file, world.random, async (draft) => {
      const writer = new LineWriter(draft)
      let events = 0
      for await (const event of exportAudit(world, { until })) {
        await writer.line(JSON.stringify(eventOnWire(event)))
        events += 1
        progress(events)
      }
      return { events, bytes: await writer.end() }
    })
    return success(
      [
        `${file} has ${written.events} events, ${written.bytes} bytes.`,
        'It contains names, emails and IP addresses in plain text, also of users who are deleted later.',
      ],
      { file, ...written },
    )
  },
})
