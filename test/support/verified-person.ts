import assert from 'node:assert/strict'
import type { Client } from '#test/support/client.ts'
import type { MailSite } from '#test/support/mail-site.ts'
import { goodPassword, newEmail, type Person, signedIn, signUp } from '#test/support/people.ts'
import { linkIn } from '#test/support/smtp-server.ts'

/** A user who signed up and opened the link in the message. */
export async function verifiedPerson(client: Client, { smtp }: MailSite): Promise<Person> {
  const fields = { email: newEmail(), password: goodPassword }
  const { status, text: answer } = await signUp(client, fields)
  assert.ok(status === 201 || status === 202, answer)
  const message = await smtp().mailTo(fields.email, ({ text }) => text.includes('/verify-email'))
  const { token } = linkIn(message)
  const reply = await client.post('/api/v1/auth/verify_email', { token })
  assert.equal(reply.status, 204, reply.text)
  const { id } = (await signedIn(client, fields)).user
  return { ...fields, id }
}

/** Waits for the latest message with a code for a second factor. `after` is the number of earlier ones. */
export async function proofCode({ smtp }: MailSite, to: string, after = 0): Promise<string> {
  const isProof = (text: string) => text.includes('confirm that it is you')
  const messages = () => smtp().received.filter((mail) => mail.to === to && isProof(mail.text))
  const message = await smtp().mailTo(to, (mail) => messages().indexOf(mail) === after)
  const code = /^ {4}(\d{6})$/m.exec(message.text)?.[1]
  assert.ok(code, message.text)
  return code
}
