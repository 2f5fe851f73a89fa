import { z } from 'zod'
import { byCli } from '#src/audit/by.ts'
import { exportInstance } from '#src/backup/export-instance.ts'
import { goodForMs, importInstance } from '#src/backup/import-instance.ts'
import { aloneCommand, told } from '#src/cli/command.ts'
import { countOf } from '#src/cli/count-of.ts'
import { FilePath } from '#src/cli/file-path.ts'
import { version } from '#src/cli/version.ts'
import { rfc3339 } from '#src/platform/clock.ts'

export const exportCommand = aloneCommand({
  name: 'export',
  summary: 'Write the whole instance into a new file, to go on in another database, and shut this one.',
  operands: ['file'],
  flags: {},
  input: z.strictObject({ file: FilePath }),
  run: async (outside, { file }) => {
    const { rows, bytes, madeAt } = await exportInstance(outside, { file, release: version(), by: byCli })
    const until = rfc3339(madeAt + goodForMs)
    return told(
      [
        `${file} has the whole instance: ${countOf(rows.users, 'user')}, ${bytes} bytes.`,
        'No server starts on this database any more, and nothing can be changed in it.',
        `Run \`sigil import ${file}\` with the new database and the same master key.`,
        'Do so in one place: two that went on would accept tokens that the other has revoked.',
        `It takes the file until ${until}; then only \`sigil restore\` does, which signs everybody out.`,
      ],
      { file, bytes, made_at: rfc3339(madeAt), rows },
    )
  },
})

export const importCommand = aloneCommand({
  name: 'import',
  summary:
    'Go on with an instance that was exported, in an empty database of either engine, and in one only. ' +
    'Nobody is signed out. Users of another system come with `sigil import users FILE`.',
  operands: ['file'],
  flags: {},
  input: z.strictObject({ file: FilePath }),
  run: async (outside, { file }) => {
    const { head, rows } = await importInstance(outside, { file, by: byCli })
    return told(
      [
        `The instance goes on here: ${countOf(rows.users, 'user')}.`,
        'Start it with the same SIGIL_PUBLIC_URL: then everybody who was signed in still is.',
        `Delete ${file} and the former database when you have seen it work.`,
      ],
      { made_at: rfc3339(head.made_at), release: head.release, rows },
    )
  },
})
