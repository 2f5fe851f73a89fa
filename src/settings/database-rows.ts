import * as read from '#src/settings/readers.ts'
import type { SettingRow } from '#src/settings/setting-row.ts'

/** Where the data is, and the key that seals it. */
export const databaseRows = {
  databaseUrl: {
    read: read.postgresUrl.optional(),
    default: undefined,
    secret: true,
    description: 'URL of the PostgreSQL database. Without it the embedded SQLite in the data folder is used.',
    example: 'postgres://sigil:PASSWORD@database:5432/sigil',
  },
  databaseDirectUrl: {
    read: read.postgresUrl.optional(),
    default: undefined,
    secret: true,
    description:
      'Direct URL of the same PostgreSQL behind a pooler such as PgBouncer, for locks and notifications.',
    example: 'postgres://sigil:PASSWORD@database:5432/sigil',
  },
  databaseConnections: {
    read: read.databaseConnections,
    default: '13',
    secret: false,
    description: 'Maximum number of connections of this node to PostgreSQL. Three of them are reserved.',
    example: '13',
  },
  masterKey: {
    read: read.masterKey.optional(),
    default: undefined,
    secret: true,
    description:
      'Encrypts the keys in the database: 32 random bytes in base64url. With SQLite one is created.',
    example: 'KEY',
  },
} satisfies Record<string, SettingRow>
