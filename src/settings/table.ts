import type { z } from 'zod'
import * as brand from '#src/settings/brand-readers.ts'
import { providerRows } from '#src/settings/provider-rows.ts'
import * as read from '#src/settings/readers.ts'

/** `sigil dev` is development; every other command is production. */
export type Mode = 'development' | 'production'

/**
 * A text for the row's reader, where `{SIGIL_PORT}` stands for that setting. Undefined: there is no default.
 */
type Default = string | undefined | { development: string | undefined; production: string | undefined }

export type SettingRow = {
  read: z.ZodType<unknown, string | undefined>
  default: Default
  /** Never printed, and also read from the file named in `*_FILE`. */
  secret: boolean
  description: string
  example: string
}

/**
 * All settings. The name in the environment follows from the key: `accessTokenLifetimeMs` is
 * `SIGIL_ACCESS_TOKEN_LIFETIME`. Secrets have no defaults.
 */
export const settingRows = {
  host: {
    read: read.host,
    // A development server is private. A container publishes its port itself.
    default: { development: '127.0.0.1', production: '0.0.0.0' },
    secret: false,
    description: 'IP address or host name to listen on. In development only this machine can connect.',
    example: '0.0.0.0',
  },
  port: {
    read: read.port,
    default: '8000',
    secret: false,
    description: 'Port to listen on. 0 chooses a free port.',
    example: '8000',
  },
  publicUrl: {
    read: read.publicUrl,
    default: { development: 'http://localhost:{SIGIL_PORT}', production: undefined },
    secret: false,
    description: 'Origin at which browsers and clients reach the server. It is also the issuer in tokens.',
    example: 'https://auth.example.org',
  },
  dataDir: {
    read: read.folder,
    default: './data',
    secret: false,
    description: 'Folder of the embedded database and of the keys that are created at first start.',
    example: '/var/lib/sigil',
  },
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
  signUp: {
    read: read.oneOf('open', 'closed'),
    default: 'open',
    secret: false,
    description: 'Whether anyone can create an account. If closed, only administrators create users.',
    example: 'closed',
  },
  mfa: {
    read: read.oneOf('optional', 'off', 'required'),
    default: 'optional',
    secret: false,
    description:
      'Two-step verification. Required: users set it up at their next sign-in. Off: nobody can add it, ' +
      'and those who have it are still asked for it.',
    example: 'required',
  },
  mfaRequiredRoles: {
    read: read.roleNames,
    default: '',
    secret: false,
    description: 'The roles whose holders must set up two-step verification at their next sign-in.',
    example: 'admin',
  },
  leakedPasswordsUrl: {
    read: read.rangeUrl.optional(),
    default: undefined,
    secret: false,
    description:
      'A service that knows leaked passwords, such as Pwned Passwords. It gets the first five characters ' +
      'of a hash, never a password. Without it, passwords are compared with a built-in list.',
    example: 'https://api.pwnedpasswords.com/range/',
  },
  emailVerification: {
    // The default depends on another setting: see `emailVerificationOf`.
    read: read.oneOf('required', 'optional', 'off').optional(),
    default: undefined,
    secret: false,
    description:
      'Whether an email must be verified before the first sign-in. By default required where ' +
      'SIGIL_SMTP_URL is set, otherwise optional.',
    example: 'required',
  },
  smtpUrl: {
    read: read.smtpUrl.optional(),
    default: undefined,
    secret: true,
    description:
      'Mail server: smtps:// for TLS, smtp:// for STARTTLS. Without it no mail is sent, and ' +
      '`sigil dev` shows it at /dev/mail.',
    example: 'smtps://USER:PASSWORD@smtp.example.org',
  },
  mailFrom: {
    read: read.mailbox.optional(),
    default: undefined,
    secret: false,
    description: 'Sender of all mail. Required with SIGIL_SMTP_URL.',
    example: 'Example <no-reply@example.org>',
  },
  mailReplyTo: {
    read: read.mailbox.optional(),
    default: undefined,
    secret: false,
    description: 'Where replies to mail go. Without it they go to the sender.',
    example: 'support@example.org',
  },
  brandName: {
    read: brand.brandName,
    default: 'Sigil',
    secret: false,
    description: 'Name of the service in letters and in the titles of pages.',
    example: 'Example',
  },
  brandLogo: {
    read: brand.picture.optional(),
    default: undefined,
    secret: false,
    description: 'Picture at the top of every page: the path of an SVG, PNG or WebP file of at most 200 KiB.',
    example: '/etc/sigil/logo.svg',
  },
  brandColor: {
    read: brand.accentColor.optional(),
    default: undefined,
    secret: false,
    description:
      'Color of buttons and links on pages. White text on it must have a contrast of at least 4.5.',
    example: '#1d4ed8',
  },
  privacyUrl: {
    read: brand.webAddress.optional(),
    default: undefined,
    secret: false,
    description: 'Privacy policy, linked at the bottom of every page.',
    example: 'https://example.org/privacy',
  },
  termsUrl: {
    read: brand.webAddress.optional(),
    default: undefined,
    secret: false,
    description: 'Terms of use, linked at the bottom of every page.',
    example: 'https://example.org/terms',
  },
  helpUrl: {
    read: brand.webAddress.optional(),
    default: undefined,
    secret: false,
    description: 'Help for people who use the service, linked at the bottom of every page.',
    example: 'https://example.org/help',
  },
  supportContact: {
    read: read.contact.optional(),
    default: undefined,
    secret: false,
    description: 'Whom people ask who cannot sign in. Shown in letters and on pages.',
    example: 'support@example.org',
  },
  devMail: {
    read: read.oneOf('on', 'off'),
    default: { development: 'on', production: 'off' },
    secret: false,
    description:
      'Whether mail is kept in memory and shown at /dev/mail where SIGIL_SMTP_URL is not set. ' +
      'Development only.',
    example: 'on',
  },
  ...providerRows,
  trustedProxies: {
    read: read.trustedProxies,
    default: '',
    secret: false,
    description: 'Proxies whose X-Forwarded-For header is trusted: IP addresses or ranges.',
    example: '10.0.0.0/8,fd00::/8',
  },
  appsFile: {
    read: read.filePath.optional(),
    default: undefined,
    secret: false,
    description: 'JSON file that describes apps and APIs, applied at start: docs/guides/apps-file.md.',
    example: '/etc/sigil/apps.json',
  },
  corsOrigins: {
    read: read.origins,
    default: '',
    secret: false,
    description:
      'Origins whose pages may call the API: same-site ones with cookies, others with Bearer tokens.',
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
    description:
      'Further origins that may use the passkeys of this server. An Android app is written as ' +
      '`android:apk-key-hash:` and the hash of its signing certificate.',
    example: 'https://example.com',
  },
  accessTokenLifetimeMs: {
    read: read.duration('1s', '1h'),
    default: '15m',
    secret: false,
    description: 'Lifetime of an access token that is not revoked.',
    example: '15m',
  },
  refreshGraceMs: {
    read: read.duration('0s', '5m'),
    default: '10s',
    secret: false,
    description:
      'How long a used refresh token returns the same pair again, for clients that lost the answer.',
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
  auditRetentionMs: {
    read: read.duration('1d', '3650d'),
    default: '365d',
    secret: false,
    description:
      'How long events stay in the audit log. To keep them longer elsewhere: `sigil audit export`.',
    example: '730d',
  },
  deleteGraceMs: {
    read: read.duration('0s', '90d'),
    default: '7d',
    secret: false,
    description:
      'How long users can restore an account that they deleted. They are signed out everywhere at once. ' +
      'With 0s the account is deleted at once.',
    example: '7d',
  },
  drainDelayMs: {
    read: read.duration('0s', '5m'),
    // Kubernetes and balancers go on sending requests for some seconds after a SIGTERM.
    default: { development: '0s', production: '5s' },
    secret: false,
    description: 'How long a server still takes requests after SIGTERM, so that balancers can switch.',
    example: '5s',
  },
  clientRegistration: {
    read: read.oneOf('token', 'open'),
    default: 'token',
    secret: false,
    description: 'Whether an app needs a registration token to register itself, or anyone may register one.',
    example: 'token',
  },
  rateLimits: {
    read: read.oneOf('on', 'off'),
    default: 'on',
    secret: false,
    description: 'Whether repeated attempts are delayed and limited.',
    example: 'on',
  },
  logLevel: {
    read: read.oneOf('debug', 'info', 'warn', 'error', 'fatal'),
    default: 'info',
    secret: false,
    description: 'Minimum log level.',
    example: 'info',
  },
  accessLog: {
    read: read.oneOf('on', 'off'),
    default: { development: 'on', production: 'off' },
    secret: false,
    description: 'Whether every request is logged: method, route, status, duration and user id, no query.',
    example: 'on',
  },
  metricsAllow: {
    read: read.cidrs,
    default: '',
    secret: false,
    description: 'IP addresses or ranges that may read /metrics, in addition to this machine.',
    example: '10.0.0.0/8',
  },
  securityContact: {
    read: read.contact.optional(),
    default: undefined,
    secret: false,
    description:
      'Contact for vulnerability reports in /.well-known/security.txt. Without it the file does not exist.',
    example: 'security@example.org',
  },
  hashers: {
    read: read.hashers,
    default: 'cores',
    secret: false,
    description: 'Maximum number of passwords hashed at the same time.',
    example: '4',
  },
} satisfies Record<string, SettingRow>

export type SettingKey = keyof typeof settingRows

export const settingKeys = Object.keys(settingRows) as SettingKey[]

export function rowOf(key: SettingKey): SettingRow {
  return settingRows[key]
}

/** The name in the environment, without the unit of the key: there the value has its own unit. */
export function nameOf(key: SettingKey): string {
  const words = key.replace(/Ms$/, '').replace(/[A-Z]/g, (capital) => `_${capital}`)
  return `SIGIL_${words.toUpperCase()}`
}

export function defaultOf(key: SettingKey, mode: Mode): string | undefined {
  const row = rowOf(key)
  return typeof row.default === 'object' ? row.default[mode] : row.default
}
