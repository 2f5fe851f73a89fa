import { mailbox } from '#src/mail/mailbox.ts'
import type { MessageOrder } from '#src/mail/messages/message.ts'
import { writeMessage } from '#src/mail/messages/write-message.ts'
import { sendBySmtp } from '#src/mail/smtp.ts'
import { canSendMail } from '#src/settings/settings.ts'
import type { World } from '#src/world/world.ts'

/**
 * Writes a message and sends it: to the mail server, or to the mailbox of a development server. `key` makes
 * its Message-ID. Throws `MailRejected` if another attempt would be useless.
 */
export async function sendMail(world: World, order: MessageOrder, key: string): Promise<void> {
  const { settings, metrics, log } = world
  if (!canSendMail(settings)) throw new Error('No mail can be sent: SIGIL_SMTP_URL is not set')
  const message = writeMessage(settings, order)
  const { to, kind, values } = order
  if (settings.smtpUrl) {
    await sendBySmtp(world, { to, message, key })
  } else {
    const links = values.link === undefined ? [] : [values.link]
    mailbox(world).keep({ to, ...message, links, code: values.code, sentAt: world.clock.now() })
    log.info({ to, code: values.code }, `An email is in the mailbox at ${settings.publicUrl}/dev/mail`)
  }
  metrics.count('sigil_emails_total', { message: kind })
}
