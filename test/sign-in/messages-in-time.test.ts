import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliver } from '#src/outbox/deliver.ts'
import { sendMessage } from '#src/outbox/send-message.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines, type Place } from '#test/support/engines.ts'
import { newEmail, signedUp, signIn } from '#test/support/people.ts'
import { codeIn, linkIn, type ReceivedMail, startSmtp } from '#test/support/smtp-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const minuteMs = 60_000
const fresh = 'a better password than before'

/** A server whose outbox runs when a test decides. */
async function started(where: Engine | Place, more: Record<string, string> = {}) {
  const smtp = await startSmtp()
  const clock = testClock()
  const env = {
    SIGIL_SMTP_URL: smtp.url,
    SIGIL_MAIL_FROM: 'no-reply@example.org',
    SIGIL_EMAIL_VERIFICATION: 'optional',
    ...more,
  }
  const server = await serveTestWorld(where, { clock, env })
  const send = () => deliver(server.world, { message: sendMessage })
  // Messages that are due at the same time arrive in any order.
  const lastTo = (email: string, words: string): ReceivedMail =>
    smtp.received.findLast(({ to, text }) => to === email && text.includes(words)) ??
    assert.fail(`No message to ${email}`)
  return { smtp, clock, server, client: clientAt(server.url), send, lastTo }
}

function testLinkCodeReset(engine: Engine): void {
  test('a link and a code that reset a password stop working after 30 minutes', async () => {
    const { client, clock, send, lastTo } = await started(engine)
    const person = await signedUp(client)
    const { email } = person
    await client.post('/api/v1/auth/forgot', { email })
    await send()
    const message = lastTo(email, '/reset-password')
    clock.forward(30 * minuteMs)
    const byLink = await client.post('/api/v1/auth/reset', { token: linkIn(message).token, password: fresh })
    assert.equal(byLink.body.code, 'invalid_link')
    const byCode = await client.post('/api/v1/auth/reset', { email, code: codeIn(message), password: fresh })
    assert.equal(byCode.body.code, 'invalid_code')
    assert.equal((await signIn(client, person)).status, 200)
  })

  test('a code that signs in stops working after 10 minutes', async () => {
    const { client, clock, send, lastTo } = await started(engine)
    const { email } = await signedUp(client)
    for (const [waited, status] of [
      [10 * minuteMs - 1, 200],
      [10 * minuteMs, 401],
    ] as const) {
      await client.post('/api/v1/auth/code', { email })
      await send()
      clock.forward(waited)
      const code = codeIn(lastTo(email, '/sign-in/link'))
      assert.equal((await client.post('/api/v1/auth/code/signin', { email, code })).status, status)
    }
  })

  test('an email that a server did not send before it stopped is sent by the next one', async () => {
    const place = await engine.freshPlace()
    const first = await started(place)
    const { email } = await signedUp(first.client)
    await first.client.post('/api/v1/auth/forgot', { email })
    await first.server.stop()
    assert.equal(first.smtp.received.length, 0)
    const second = await started(place)
    await second.send()
    const messages = second.smtp.received.filter(
      ({ to, text }) => to === email && text.includes('/reset-password'),
    )
    assert.equal(messages.length, 1)
    const code = codeIn(messages[0] ?? { text: '' })
    const reset = await second.client.post('/api/v1/auth/reset', { email, code, password: fresh })
    assert.equal(reset.status, 204, reset.text)
  })
}

function testMessagesOneAddress(engine: Engine): void {
  test('emails to one address are limited, for known and unknown ones alike', async () => {
    const { client } = await started(engine, { SIGIL_RATE_LIMITS: 'on' })
    const { email } = await signedUp(client)
    const statuses = []
    for (const address of [email, newEmail()]) {
      const replies = []
      for (let at = 0; at < 8; at++)
        replies.push((await client.post('/api/v1/auth/forgot', { email: address })).status)
      statuses.push(replies)
    }
    assert.deepEqual(statuses[0], [202, 202, 202, 202, 202, 202, 429, 429])
    assert.deepEqual(statuses[1], statuses[0])
  })
}

onBothEngines('codes, links and emails over time', (engine) => {
  testLinkCodeReset(engine)
  testMessagesOneAddress(engine)
})
