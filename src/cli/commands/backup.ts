import { z } from 'zod'
import { byCli } from '#src/audit/by.ts'
import { backUp } from '#src/backup/back-up.ts'
import { restore } from '#src/backup/restore.ts'
import { aloneCommand, told, worldCommand } from '#src/cli/command.ts'
import { countOf } from '#src/cli/count-of.ts'
import { FilePath } from '#src/cli/file-path.ts'
import { version } from '#src/cli/version.ts'
import { rfc3339 } from '#src/platform/clock.ts'

export const backupCommand = worldCommand({
  name: 'backup',
  summary: 'Write one moment of the whole database into a new file, beside a running server or without one.',
  operands: ['file'],
  flags: {},
  input: z.strictObject({ file: FilePath }),
  run: async (world, { file }) => {
    const { rows, bytes, madeAt } = await backUp(world, { file, release: version(), by: byCli })
    const isInFolder = world.settings.masterKey === undefined
    const key = isInFolder ? `master.key in ${world.settings.dataDir}` : 'the one in SIGIL_MASTER_KEY'
    return told(
      [
        `${file} has the whole database: ${countOf(rows.users, 'user')}, ${bytes} bytes.`,
        `It does not have the master key (${key}), and is worth nothing without it: keep a copy elsewhere.`,
        'It has the hashes of passwords, addresses and names: keep it as you keep the database.',
      ],
      { file, bytes, made_at: rfc3339(madeAt), rows },
    )
  },
})

export const restoreCommand = aloneCommand({
  name: 'restore',
  summary: 'Put a backup in the place of the database, on either engine. Everybody signs in anew.',
  operands: ['file'],
  flags: {
    replace: { kind: 'switch', summary: 'Although there is a database already: it is gone then.' },
  },
  input: z.strictObject({ file: FilePath, replace: z.literal(true).optional() }),
  run: async (outside, { file, replace }) => {
    const wish = { file, isReplacing: replace === true, by: byCli }
    const { head, rows, sessionsEnded, notBefore } = await restore(outside, wish)
    const madeAt = rfc3339(head.made_at)
    const ended = countOf(sessionsEnded, 'session was', 'sessions were')
    return told(
      [
        `The database is that of ${madeAt} now: ${countOf(rows.users, 'user')}.`,
        `${ended} ended, and every token that was issued before is dead.`,
        'What happened since is gone: change again what was changed, and disable again who was disabled.',
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
