import { z } from 'zod'
import { byCli } from '#src/audit/by.ts'
import { exportInstance } from '#src/backup/export-instance.ts'
import { importInstance, maxExportAgeMs } from '#src/backup/import-instance.ts'
import { aloneCommand, success } from '#src/cli/command.ts'
import { countOf } from '#src/cli/count-of.ts'
import { FilePath } from '#src/cli/file-path.ts'
import { pace } from '#src/cli/pace.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { version } from '#src/platform/version.ts'

export const exportCommand = aloneCommand({
  name: 'export',
  creates: 'nothing',
  summary: 'Export the whole instance to a new file, for another database, and close this one.',
  operands: ['file'],
  flags: {},
  input: z.strictObject({ file: FilePath }),
  run: async (outside, { file }, report) => {
    const onProgress = pace(outside.clock, 'rows', report)
    const exporting = { file, release: version(), by: byCli, onProgress }
    const { rows, bytes, madeAt } = await exportInstance(outside, exporting)
    const until = rfc3339(madeAt + maxExportAgeMs)
    return success(
      [
        `${file} contains the whole instance: ${countOf(rows.users, 'user')}, ${bytes} bytes.`,
        'This database is closed: no server starts on it, and nothing can be changed.',
        `Run \`sigil import ${file}\` with the new database and the same master key.`,
        'Import it only once: two instances would accept tokens that the other has revoked.',
        `It can be imported until ${until}; then only \`sigil restore\` accepts it and signs everyone out.`,
      ],
      { file, bytes, made_at: rfc3339(madeAt), rows },
    )
  },
})

export const importCommand = aloneCommand({
  name: 'import',
  creates: 'database',
  summary:
    'Import an exported instance into an empty database, on either engine, and only once. ' +
    'Everyone stays signed in. To import users of another system, use `sigil import users FILE`.',
  operands: ['file'],
  flags: {},
  input: z.strictObject({ file: FilePath }),
  run: async (outside, { file }, report) => {
    const onProgress = pace(outside.clock, 'rows', report)
    const { head, rows } = await importInstance(outside, { file, by: byCli, onProgress })
    return success(
      [
        `The instance is imported: ${countOf(rows.users, 'user')}.`,
        'Start it with the same SIGIL_PUBLIC_URL: then everyone stays signed in.',
        `Delete ${file} and the old database once this one works.`,
      ],
      { made_at: rfc3339(head.made_at), release: head.release, rows },
    )
  },
})
