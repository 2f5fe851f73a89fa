import { createHash } from 'node:crypto'
import type { Transporter } from 'nodemailer'
import type { Message } from '#src/mail/messages/message.ts'
import type { SmtpServer } from '#src/settings/readers.ts'
import type { Settings } from '#src/settings/settings.ts'
import { perWorld } from '#src/world/world.ts'

/**
 * The mail server rejects this message permanently: the recipient is unknown, or the content is not accepted.
 */
export class MailRejected extends Error {
  override name = 'MailRejected'
}

/** Together well below the time after which the outbox repeats an attempt. */
const timeouts = {
  dnsTimeout: 5000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
}

const transport = perWorld(({ settings }) => openTransport(settings.smtpUrl))

/** Loaded with the first message, so that a server without mail does not load it. */
async function openTransport(server: SmtpServer | undefined): Promise<Transporter> {
  if (!server) throw new Error('SIGIL_SMTP_URL is not set')
  const { createTransport } = await import('nodemailer')
  const { host, port, isTls, requiresTls, user, password } = server
  return createTransport({
    host,
    port,
    secure: isTls,
    requireTLS: requiresTls,
    ...timeouts,
    // Messages consist of strings: they must not read files or fetch URLs.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
  })
}

type Outgoing = { readonly to: string; readonly message: Message; readonly key: string }

/**
 * Hands a message to the mail server. A repeated delivery has the same Message-ID, so that mailboxes show it
 * once. Throws `MailRejected` if another attempt would be useless.
 */
export async function sendBySmtp(
  world: Parameters<typeof transport>[0],
  { to, message, key }: Outgoing,
): Promise<void> {
  const { settings } = world
  try {
    await (await transport(world)).sendMail({
      from: settings.mailFrom,
      ...(settings.mailReplyTo === undefined ? {} : { replyTo: settings.mailReplyTo }),
      // As an object, so that an address is never parsed as a list.
      to: { name: '', address: to },
      subject: message.subject,
      text: message.text,
      html: message.html,
      messageId: messageIdOf(settings, key),
      // RFC 3834: suppresses out-of-office replies.
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    })
  } catch (error) {
    if (isPermanent(error)) throw new MailRejected(String(error), { cause: error })
    throw error
  }
}

/** Connects and authenticates without sending anything. Throws on failure. */
export async function verifySmtp(server: SmtpServer): Promise<void> {
  await (await openTransport(server)).verify()
}

function messageIdOf({ publicUrl }: Settings, key: string): string {
  const id = createHash('sha256').update(key).digest('base64url').slice(0, 32)
  return `<${id}@${new URL(publicUrl).hostname}>`
}

/**
 * RFC 5321 section 4.2.1: a 5xx to a recipient or to the message is final. A 5xx to the greeting, to STARTTLS
 * or to the password is caused by the settings of this server, which an operator can correct.
 */
function isPermanent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { responseCode, command } = error as { responseCode?: number; command?: string }
  const isAboutMessage = command !== undefined && ['RCPT TO', 'DATA', 'MAIL FROM'].includes(command)
  return isAboutMessage && responseCode !== undefined && responseCode >= 500 && responseCode < 600
}
