import * as read from '#src/settings/readers.ts'
import type { SettingRow } from '#src/settings/setting-row.ts'

/** Sign-up, and what a sign-in requires. */
export const signInRows = {
  signUp: {
    read: read.oneOf('open', 'closed'),
    default: 'open',
    secret: false,
    description: 'Whether anyone can create an account. If closed, only administrators create users.',
    example: 'closed',
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
  mfa: {
    read: read.oneOf('optional', 'off', 'required'),
    default: 'optional',
    secret: false,
    description:
      'Two-step verification. Required: users set it up at their next sign-in. Off: nobody can add it, ' +
      'and users who have it are still asked for it.',
    example: 'required',
  },
  mfaRequiredRoles: {
    read: read.roleNames,
    default: '',
    secret: false,
    description: 'Roles whose users must set up two-step verification at their next sign-in.',
    example: 'admin',
  },
  leakedPasswordsUrl: {
    read: read.rangeUrl.optional(),
    default: undefined,
    secret: false,
    description:
      'A database of leaked passwords, such as Pwned Passwords. It receives the first five characters ' +
      'of a hash, never a password. Without it, passwords are compared with a built-in list.',
    example: 'https://api.pwnedpasswords.com/range/',
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
  deleteGraceMs: {
    read: read.duration('0s', '90d'),
    // A developer who tests deletion wants to reuse the email.
    default: { development: '0s', production: '7d' },
    secret: false,
    description:
      'How long users can restore a deleted account. They are signed out everywhere at once. ' +
      'With 0s the account is deleted at once.',
    example: '7d',
  },
  rateLimits: {
    read: read.oneOf('on', 'off'),
    default: 'on',
    secret: false,
    description: 'Whether repeated attempts are delayed and limited.',
    example: 'on',
  },
  hashers: {
    read: read.hashers,
    default: 'cores',
    secret: false,
    description: 'Maximum number of passwords hashed at the same time.',
    example: '4',
  },
} satisfies Record<string, SettingRow>
