import * as read from '#src/settings/readers.ts'
import type { SettingRow } from '#src/settings/setting-row.ts'

/** Backups that the server makes by itself. */
export const backupRows = {
  backupDir: {
    read: read.folder.optional(),
    default: undefined,
    secret: false,
    description: 'Existing folder for scheduled backups. Without it the server makes none by itself.',
    example: '/var/backups/sigil',
  },
  backupEveryMs: {
    read: read.duration('1m', '30d'),
    default: '24h',
    secret: false,
    description: 'Time between two scheduled backups.',
    example: '6h',
  },
  backupKeep: {
    read: read.backupKeep,
    default: '7',
    secret: false,
    description: 'How many scheduled backups are kept: each success deletes older ones.',
    example: '28',
  },
} satisfies Record<string, SettingRow>
