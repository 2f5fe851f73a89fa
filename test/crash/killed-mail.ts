import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { openStore } from '#src/store/open.ts'
import { sql } from '#src/store/sql.ts'
import { clientAt } from '#test/support/client.ts'
import type { Place } from '#test/support/engines.ts'
import { goodPassword, newEmail, signUp } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { type Answers, codeIn, type SmtpServer, startSmtp } from '#test/support/smtp-server.ts'

/** When the server is killed, and how often the message may have arrived by the end. */
type Kill = { readonly answers: Answers; readonly isTaken: boolean; readonly arrives: readonly number[] }

const kills: Readonly<Record<string, Kill>> = {
  'right after the response': { answers: {}, isTaken: false, arrives: [1, 2] },
  'while the mail server does not answer': { answers: { GREETING: undefined }, isTaken: false, arrives: [1] },
  'after the mail server has taken the message': { answers: { END: undefined }, isTaken: true, arrives: [2] },
}

/**
 * Kills a server between the commit of a message and the end of its delivery. After a restart the message has
 * arrived, at worst twice, and its code works.
 */
export async function killBeforeMail(place: Place): Promise<void> {
  const smtp = await startSmtp()
  const env = {
    SIGIL_PUBLIC_URL: 'http://localhost:1',
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    SIGIL_SMTP_URL: smtp.url,
    SIGIL_MAIL_FROM: 'no-reply@example.org',
    SIGIL_EMAIL_VERIFICATION: 'optional',
    SIGIL_REVOCATION_LEASE: '500ms',
  }
  for (const [name, kill] of Object.entries(kills)) {
    const email = newEmail()
    smtp.answer(kill.answers)
    const killed = await spawnServer(place, env)
    assert.equal((await signUp(clientAt(killed.url), { email, password: goodPassword })).status, 201, name)
    if (kill.isTaken) await smtp.mailTo(email)
    await killed.kill('SIGKILL')
    smtp.answer({})
    await makeDue(place)
    const server = await spawnServer(place, env)
    const client = clientAt(server.url)
    await arrivedInTheEnd(smtp, { email, isAgain: kill.isTaken })
    // A later message: the earlier ones of this address have been taken up before it.
    await client.post('/api/v1/auth/forgot', { email })
    await smtp.mailTo(email, ({ text }) => text.includes('/reset-password'))
    const codes = messagesTo(smtp, email).map(codeIn)
    assert.deepEqual(
      [new Set(codes).size, kill.arrives.includes(codes.length)],
      [1, true],
      `${name}: ${codes}`,
    )
    const { status, text } = await client.post('/api/v1/auth/verify_email', { email, code: codes[0] })
    assert.equal(status, 204, `${name}: ${text}`)
    assert.equal(await server.stop(), 0)
    assert.equal(await countUnsent(place), 0, name)
  }
}

function messagesTo(smtp: SmtpServer, email: string) {
  return smtp.received.filter(({ to, text }) => to === email && text.includes('/verify-email'))
}

async function arrivedInTheEnd(
  smtp: SmtpServer,
  { email, isAgain }: { email: string; isAgain: boolean },
): Promise<void> {
  await smtp.mailTo(email, () => messagesTo(smtp, email).length > (isAgain ? 1 : 0))
}

/** As after the two minutes for which a delivery belongs to the process that was killed. */
async function makeDue(place: Place): Promise<void> {
  await onStore(place, sql`update outbox_deliveries set next_attempt_at = 0 where state = 'due' returning id`)
}

async function countUnsent(place: Place): Promise<number> {
  return (await onStore(place, sql`select id from outbox_deliveries where state <> 'sent'`)).length
}

async function onStore(place: Place, statement: ReturnType<typeof sql>) {
  const db = await openStore(place)
  try {
    return await db.query(statement)
  } finally {
    await db.close()
  }
}
