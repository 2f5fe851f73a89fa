import type { z } from 'zod'
import * as read from '#src/settings/readers.ts'

/** `sigil dev` is development; every other command is production. */
export type Mode = 'development' | 'production'

/**
 * A text that the row's own reader reads, `{SIGIL_PORT}` standing for that setting. Absent: nothing is
 * assumed.
 */
type Default = string | undefined | { development: string | undefined; production: string | undefined }

export type SettingRow = {
  read: z.ZodType<unknown, string | undefined>
  default: Default
  /** Never printed, and may be handed over as a file named in `*_FILE`. */
  secret: boolean
  description: string
  example: string
}

/**
 * Every setting there is. The name in the environment follows from the key: `accessTokenLifetimeMs` is
 * `SIGIL_ACCESS_TOKEN_LIFETIME`. Nothing secret has a default.
 */
export const settingRows = {
  host: {
    read: read.host,
    // A developer's machine is nobody else's business. A container's port is published by its owner.
    default: { development: '127.0.0.1', production: '0.0.0.0' },
    secret: false,
    description: 'The address to listen on. In development only this machine can connect.',
    example: '0.0.0.0',
  },
  port: {
    read: read.port,
    default: '8000',
    secret: false,
    description: 'The port to listen on. 0 takes any free one.',
    example: '8000',
  },
  publicUrl: {
    read: read.publicUrl,
    default: { development: 'http://localhost:{SIGIL_PORT}', production: undefined },
    secret: false,
    description:
      'The origin under which browsers and clients reach the server, and the issuer named in tokens.',
    example: 'https://auth.example.org',
  },
  dataDir: {
    read: read.folder,
    default: './data',
    secret: false,
    description: 'The folder of the embedded database and of the keys made at first start.',
    example: '/var/lib/sigil',
  },
  databaseUrl: {
    read: read.postgresUrl.optional(),
    default: undefined,
    secret: true,
    description: 'The PostgreSQL to use. Without it the embedded SQLite in the data folder is used.',
    example: 'postgres://sigil:PASSWORD@database:5432/sigil',
  },
  databaseDirectUrl: {
    read: read.postgresUrl.optional(),
    default: undefined,
    secret: true,
    description:
      'The same PostgreSQL past a transaction pooler such as PgBouncer, for locks and notifications.',
    example: 'postgres://sigil:PASSWORD@database:5432/sigil',
  },
  masterKey: {
    read: read.masterKey.optional(),
    default: undefined,
    secret: true,
    description:
      'Encrypts the keys in the database: 32 random bytes in base64url. SQLite gets one at first start.',
    example: 'KEY',
  },
  signUp: {
    read: read.oneOf('open', 'closed'),
    default: 'open',
    secret: false,
    description:
      'Whether people make users for themselves. Closed: administrators make them, and nobody else.',
    example: 'closed',
  },
  emailVerification: {
    // Nobody may believe that addresses are proven: whoever asks for it is refused, and not ignored.
    read: read.oneOf('off'),
    default: 'off',
    secret: false,
    description:
      'Whether an address must be proven before the first sign-in. Without mail it can only be off.',
    example: 'off',
  },
  trustedProxies: {
    read: read.trustedProxies,
    default: '',
    secret: false,
    description: 'The proxies that may name the caller in X-Forwarded-For: addresses or ranges.',
    example: '10.0.0.0/8,fd00::/8',
  },
  corsOrigins: {
    read: read.origins,
    default: '',
    secret: false,
    description:
      'The origins whose pages may call too: of this site with cookies (`SameSite`), others by Bearer.',
    example: 'https://app.example.org',
  },
  passkeyRpId: {
    read: read.domain.optional(),
    default: undefined,
    secret: false,
    description:
      'The domain that passkeys belong to: the host of the public URL, which is the default, or a parent ' +
      'domain of it. Changing it makes every passkey unusable.',
    example: 'example.org',
  },
  passkeyOrigins: {
    read: read.passkeyOrigins,
    default: '',
    secret: false,
    description: 'Further origins and Android apps that may use the passkeys of this server.',
    example: 'https://example.com,android:apk-key-hash:HASH',
  },
  accessTokenLifetimeMs: {
    read: read.duration('1s', '1h'),
    default: '15m',
    secret: false,
    description: 'How long an access token is good when nothing revokes it.',
    example: '15m',
  },
  refreshGraceMs: {
    read: read.duration('0s', '5m'),
    default: '10s',
    secret: false,
    description: 'How long a refresh token that was just used gets the same answer again, if that was lost.',
    example: '10s',
  },
  refreshLifetimeMs: {
    read: read.duration('1h', '90d'),
    default: '14d',
    secret: false,
    description: 'How long a session lasts that is not used.',
    example: '14d',
  },
  revocationLeaseMs: {
    read: read.duration('500ms', '30s'),
    default: '2s',
    secret: false,
    description:
      'How long a node or verifier that is cut off may accept tokens: the most that a logout waits.',
    example: '2s',
  },
  drainDelayMs: {
    read: read.duration('0s', '5m'),
    default: '0s',
    secret: false,
    description:
      'How long a server that was told to stop still takes calls, so that balancers can look elsewhere.',
    example: '5s',
  },
  rateLimits: {
    read: read.oneOf('on', 'off'),
    default: 'on',
    secret: false,
    description: 'Whether repeated attempts are delayed and refused.',
    example: 'on',
  },
  logLevel: {
    read: read.oneOf('debug', 'info', 'warn', 'error', 'fatal'),
    default: 'info',
    secret: false,
    description: 'The least serious lines that are logged.',
    example: 'info',
  },
  metricsAllow: {
    read: read.cidrs,
    default: '',
    secret: false,
    description: 'Who may read /metrics, beside this machine: addresses or ranges.',
    example: '10.0.0.0/8',
  },
  securityContact: {
    read: read.contact.optional(),
    default: undefined,
    secret: false,
    description:
      'Whom to tell of a weakness, in /.well-known/security.txt. Without it there is no such file.',
    example: 'security@example.org',
  },
  hashers: {
    read: read.hashers,
    default: 'cores',
    secret: false,
    description: 'How many passwords are hashed at the same time.',
    example: '4',
  },
} satisfies Record<string, SettingRow>

export type SettingKey = keyof typeof settingRows

export const settingKeys = Object.keys(settingRows) as SettingKey[]

export function rowOf(key: SettingKey): SettingRow {
  return settingRows[key]
}

/**
 * The unit at the end of a key is for those who compute with it. In the environment the value names its own.
 */
export function nameOf(key: SettingKey): string {
  const words = key.replace(/Ms$/, '').replace(/[A-Z]/g, (capital) => `_${capital}`)
  return `SIGIL_${words.toUpperCase()}`
}

export function defaultOf(key: SettingKey, mode: Mode): string | undefined {
  const row = rowOf(key)
  return typeof row.default === 'object' ? row.default[mode] : row.default
}
