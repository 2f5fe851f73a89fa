import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { verifySmtp } from '#src/mail/smtp.ts'
import type { Settings } from '#src/settings/settings.ts'

/** Connects to the mail server and authenticates, without sending anything. */
export async function examineMail({ smtpUrl, devMail }: Settings): Promise<Finding[]> {
  if (smtpUrl === undefined) {
    if (devMail === 'on') return [ok('mail', 'This server shows its mail at /dev/mail and sends none.')]
    const message = 'No mail can be sent: users who forget their password need an administrator.'
    return [warning('mail', message, 'Set SIGIL_SMTP_URL and SIGIL_MAIL_FROM.')]
  }
  const { host, port } = smtpUrl
  try {
    await verifySmtp(smtpUrl)
    return [ok('mail', `The mail server ${host}:${port} accepts the connection.`)]
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [
      wrong('mail', `The mail server ${host}:${port} cannot be used: ${message}`, 'Check SIGIL_SMTP_URL.'),
    ]
  }
}
