import { z } from 'zod'
import { byCli } from '#src/audit/by.ts'
import { backUp } from '#src/backup/back-up.ts'
import { restore } from '#src/backup/restore.ts'
import { aloneCommand, success, worldCommand } from '#src/cli/command.ts'
import { countOf } from '#src/cli/count-of.ts'
import { FilePath } from '#src/cli/file-path.ts'
import { pace } from '#src/cli/pace.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { version } from '#src/platform/version.ts'

export const backupCommand = worldCommand({
  name: 'backup',
  creates: 'nothing',
  summary: 'Back up the whole database to a new file, with or without a running server.',
  operands: ['file'],
  flags: {},
  input: z.strictObject({ file: FilePath }),
  run: async (world, { file }, report) => {
    const onProgress = pace(world.clock, 'rows', report)
    const { rows, bytes, madeAt } = await backUp(world, { file, release: version(), by: byCli, onProgress })
    const isKeyInFolder = world.settings.masterKey === undefined
    const key = isKeyInFolder ? `master.key in ${world.settings.dataDir}` : 'the one in SIGIL_MASTER_KEY'
    return success(
      [
        `${file} contains the whole database: ${countOf(rows.users, 'user')}, ${bytes} bytes.`,
        `It cannot be restored without the master key (${key}): keep a copy elsewhere.`,
        'It contains password hashes, IP addresses and names: protect it like the database.',
      ],
      { file, bytes, made_at: rfc3339(madeAt), rows },
    )
  },
})

export const restoreCommand = aloneCommand({
  name: 'restore',
  creates: 'database',
  summary: 'Replace the database with a backup, on either engine. Everyone has to sign in again.',
  operands: ['file'],
  flags: {
    replace: { kind: 'switch', summary: 'Replace an existing database, which is lost.' },
  },
  input: z.strictObject({ file: FilePath, replace: z.literal(true).optional() }),
  run: async (outside, { file, replace }, report) => {
    const onProgress = pace(outside.clock, 'rows', report)
    const request = { file, isReplacing: replace === true, by: byCli, onProgress }
    const { head, rows, sessionsEnded, notBefore } = await restore(outside, request)
    const madeAt = rfc3339(head.made_at)
    const ended = countOf(sessionsEnded, 'session was', 'sessions were')
    return success(
      [
        `Restored the database of ${madeAt}: ${countOf(rows.users, 'user')}.`,
        `${ended} ended, and every token issued before is revoked.`,
        'Later changes are lost: repeat them, and disable again every user who was disabled since.',
      ],
      {
        made_at: madeAt,
        release: head.release,
        rows,
        sessions_ended: sessionsEnded,
        not_before: rfc3339(notBefore),
      },
    )
  },
})
