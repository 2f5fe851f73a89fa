import { z } from 'zod'
import { failure, success, worldCommand } from '#src/cli/command.ts'
import { sendMail } from '#src/mail/send-mail.ts'
import { randomId } from '#src/platform/random.ts'
import { canSendMail } from '#src/settings/settings.ts'
import { normalizeEmail } from '#src/users/email.ts'

export const mailTest = worldCommand({
  name: 'mail test',
  creates: 'nothing',
  summary: 'Send a test email to an address.',
  operands: ['address'],
  flags: {},
  input: z.strictObject({ address: z.string().max(254) }),
  run: async (world, { address }) => {
    const to = normalizeEmail(address)
    if (to === undefined) return failure('not_an_email', [`${address} is not an email address.`])
    const { settings } = world
    if (!canSendMail(settings)) {
      const advice = 'Set SIGIL_SMTP_URL and SIGIL_MAIL_FROM.'
      return failure('no_mail_server', ['No mail can be sent from here.', advice])
    }
    try {
      await sendMail(world, { to, kind: 'test', language: 'en', values: {} }, randomId(world.random))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const advice = 'Check SIGIL_SMTP_URL and SIGIL_MAIL_FROM. `sigil doctor` tests the connection.'
      return failure('mail_not_sent', [`The email was not sent: ${message}`, advice])
    }
    const where = settings.smtpUrl ? 'The mail server has taken' : '/dev/mail shows'
    return success([`${where} an email to ${to}.`], { to, sent: true })
  },
})
