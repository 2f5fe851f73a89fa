import * as read from '#src/settings/readers.ts'
import type { SettingRow } from '#src/settings/setting-row.ts'

/** Tokens, sessions and apps. */
export const tokenRows = {
  accessTokenLifetimeMs: {
    read: read.duration('1s', '1h'),
    default: '15m',
    secret: false,
    description: 'Lifetime of an access token.',
    example: '15m',
  },
  refreshGraceMs: {
    read: read.duration('0s', '5m'),
    default: '10s',
    secret: false,
    description:
      'How long a used refresh token returns the same pair again, for clients that lost the response.',
    example: '10s',
  },
  refreshLifetimeMs: {
    read: read.duration('1s', '90d'),
    default: '14d',
    secret: false,
    description: 'Idle lifetime of a session. Less than 1h is only accepted with an http public URL.',
    example: '14d',
  },
  revocationLeaseMs: {
    read: read.duration('500ms', '30s'),
    default: '2s',
    secret: false,
    description: 'How long a disconnected node or verifier may accept tokens: the maximum wait of a logout.',
    example: '2s',
  },
  appsFile: {
    read: read.filePath.optional(),
    default: undefined,
    secret: false,
    description: 'JSON file that describes apps and APIs, applied at start: docs/guides/apps-file.md.',
    example: '/etc/sigil/apps.json',
  },
  clientRegistration: {
    read: read.oneOf('token', 'open'),
    default: 'token',
    secret: false,
    description: 'Whether an app needs a token to register itself, or anyone may register one.',
    example: 'token',
  },
} satisfies Record<string, SettingRow>
