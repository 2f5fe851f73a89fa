import * as read from '#src/settings/readers.ts'
import type { SettingRow } from '#src/settings/setting-row.ts'

/** How mail is sent. */
export const mailRows = {
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
  devMail: {
    read: read.oneOf('on', 'off'),
    default: { development: 'on', production: 'off' },
    secret: false,
    description:
      'Whether mail is kept in memory and shown at /dev/mail where SIGIL_SMTP_URL is not set. ' +
      'Development only.',
    example: 'on',
  },
} satisfies Record<string, SettingRow>
