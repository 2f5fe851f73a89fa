import type { LetterOrder } from '#src/mail/letters/letter.ts'
import { writeLetter } from '#src/mail/letters/write-letter.ts'
import { mailbox } from '#src/mail/mailbox.ts'
import { sendBySmtp } from '#src/mail/smtp.ts'
import { canSendMail } from '#src/settings/settings.ts'
import type { World } from '#src/world/world.ts'

/**
 * Writes a letter and sends it: to the mail server, or to the mailbox of a development server. `key` makes
 * its Message-ID. Throws `MailRejected` where another attempt would be of no use.
 */
export async function sendMail(world: World, order: LetterOrder, key: string): Promise<void> {
  const { settings, metrics, log } = world
  if (!canSendMail(settings)) throw new Error('No mail can be sent: SIGIL_SMTP_URL is not set')
  const letter = writeLetter(settings, order)
  const { to, kind, values } = order
  if (settings.smtpUrl) {
    await sendBySmtp(world, { to, letter, key })
  } else {
    const links = values.link === undefined ? [] : [values.link]
    mailbox(world).keep({ to, ...letter, links, code: values.code, sentAt: world.clock.now() })
    log.info({ to, code: values.code }, `A letter is in the mailbox at ${settings.publicUrl}/dev/mail`)
  }
  metrics.count('sigil_letters_total', { letter: kind })
}
