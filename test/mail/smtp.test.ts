import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifySmtp } from '#src/mail/smtp.ts'
import { deliver } from '#src/outbox/deliver.ts'
import { enqueue } from '#src/outbox/enqueue.ts'
import { eventCounter } from '#src/outbox/readers.ts'
import { runOutbox } from '#src/outbox/run-outbox.ts'
import { messageWithKey, sendMessage } from '#src/outbox/send-message.ts'
import { smtpUrl } from '#src/settings/readers.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { on, reportOn } from '#test/cli/doctor-report.ts'
import { selfSigned } from '#test/support/certificate.ts'
import { freshDatabaseUrl, type Place } from '#test/support/engines.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { sigil } from '#test/support/sigil.ts'
import { type Protection, type SmtpServer, startSmtp } from '#test/support/smtp-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const from = { SIGIL_MAIL_FROM: 'no-reply@example.org' }

/** The URL of a mail server with the name in its certificate. */
function urlOf({ url }: SmtpServer, scheme: string, credentials = ''): string {
  return `${scheme}://${credentials}localhost:${new URL(url).port}`
}

type Sending = { place: Place; url: string; trusted?: string }

function mailTest({ place, url, trusted }: Sending) {
  const env = { ...from, SIGIL_SMTP_URL: url, ...(trusted ? { NODE_EXTRA_CA_CERTS: trusted } : {}) }
  return sigil(['mail', 'test', 'ann@example.org'], { place, env })
}

for (const tls of ['implicit', 'starttls'] as const) {
  test(`an email is sent over TLS (${tls}) with a password, only to a trusted certificate`, async (t) => {
    if (!programOrSkip('openssl', t)) return
    const place = await freshDatabaseUrl('sqlite')
    await sigil(['migrate'], { place })
    const { certFile, ...certificate } = selfSigned(place.dataDir)
    const credentials = Buffer.from('\0ann\0p@ss word').toString('base64')
    const smtp = await startSmtp(0, { tls, certificate, credentials } satisfies Protection)
    const scheme = tls === 'implicit' ? 'smtps' : 'smtp'
    const url = urlOf(smtp, scheme, 'ann:p%40ss%20word@')
    const untrusted = await mailTest({ place, url })
    assert.match(untrusted.stderr, /self.signed/i)
    const wrong = await mailTest({ place, url: urlOf(smtp, scheme, 'ann:guess@'), trusted: certFile })
    assert.match(wrong.stderr, /535 5\.7\.8/)
    assert.equal(smtp.received.length, 0)
    const sent = await mailTest({ place, url, trusted: certFile })
    assert.equal(sent.code, 0, sent.stderr)
    assert.equal(smtp.received[0]?.to, 'ann@example.org')
    const env = { ...from, SIGIL_SMTP_URL: url, NODE_EXTRA_CA_CERTS: certFile }
    const { findings } = await reportOn(place, env)
    assert.match(on('mail', findings), /^ok: The mail server localhost:\d+ accepts the connection/)
  })
}

test('a remote mail server without STARTTLS is not used, unless the URL allows it', async () => {
  const smtp = await startSmtp()
  const port = Number(new URL(smtp.url).port)
  const away = smtpUrl.parse(`smtp://mail.example.org:${port}`)
  const allowed = smtpUrl.parse(`smtp://mail.example.org:${port}?tls=optional`)
  await assert.rejects(verifySmtp({ ...away, host: '127.0.0.1' }), /tls/i)
  await verifySmtp({ ...allowed, host: '127.0.0.1' })
})

async function enqueueMessage(world: World, key: string): Promise<void> {
  const order = { to: 'ann@example.org', kind: 'test', language: 'en', values: {} } as const
  const expiresAt = world.clock.now() + 60 * 60_000
  await world.db.transaction((query) =>
    enqueue(query, world, messageWithKey({ order, userId: undefined, expiresAt, key })),
  )
}

async function worldWith(smtp: SmtpServer): Promise<World> {
  const env = { ...from, SIGIL_SMTP_URL: smtp.url }
  return openTestWorld(await freshDatabaseUrl('sqlite'), { clock: testClock(), env })
}

test('after a closed connection or a busy mail server the email is sent again later', async () => {
  const smtp = await startSmtp()
  const clock = testClock()
  const env = { ...from, SIGIL_SMTP_URL: smtp.url }
  const world = await openTestWorld(await freshDatabaseUrl('sqlite'), { clock, env })
  await enqueueMessage(world, 'one')
  for (const answers of [
    { GREETING: '421 4.3.2 closing' },
    { EHLO: '421 4.3.2 closing' },
    { DATA: '421 4.3.2 closing' },
    { MAIL: '450 4.2.0 busy' },
  ]) {
    smtp.answer(answers)
    assert.equal(await deliver(world, { message: sendMessage }), 1, JSON.stringify(answers))
    const [row] = await world.db.query(sql`select state, last_error from outbox_deliveries`)
    assert.equal(row?.state, 'due', JSON.stringify(row))
    clock.forward(5 * 60_000)
  }
  smtp.answer({})
  await deliver(world, { message: sendMessage })
  assert.equal(smtp.received.length, 1)
})

test('a hanging mail server delays neither readers nor other deliveries', async () => {
  const smtp = await startSmtp()
  smtp.answer({ EHLO: undefined })
  const world = await worldWith(smtp)
  for (let at = 0; at < 12; at++) await enqueueMessage(world, `message ${at}`)
  const hook = { order: undefined, userId: undefined, expiresAt: world.clock.now() + 60_000, key: 'hook' }
  await world.db.transaction((query) => enqueue(query, world, { ...messageWithKey(hook), kind: 'hook' }))
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  const senders = { message: sendMessage, hook: async () => arrive() }
  const running = runOutbox(world, { readers: [eventCounter], senders })
  await arrived
  // The hanging connections are closed, so the attempts fail: the messages stay due.
  await smtp.close()
  await running.stop()
  const rows = await world.db.query(sql`select kind, state, count(*) as n from outbox_deliveries
    group by kind, state order by kind, state`)
  assert.deepEqual(
    rows.map(({ kind, state, n }) => [kind, state, Number(n)]),
    [
      ['hook', 'sent', 1],
      ['message', 'due', 12],
    ],
  )
})
