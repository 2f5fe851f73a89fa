import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { en } from '#src/mail/messages/en.ts'
import type { MessageOrder } from '#src/mail/messages/message.ts'
import { writeMessage } from '#src/mail/messages/write-message.ts'
import { deliver } from '#src/outbox/deliver.ts'
import { attemptMs } from '#src/outbox/delivery.ts'
import { enqueue } from '#src/outbox/enqueue.ts'
import { messageWithKey, sendMessage } from '#src/outbox/send-message.ts'
import { contrastOf } from '#src/platform/contrast.ts'
import { sql } from '#src/store/sql.ts'
import { listedKinds } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { codeIn, startSmtp } from '#test/support/smtp-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const order: MessageOrder = {
  to: 'ann@example.org',
  kind: 'reset',
  language: 'en',
  values: { code: '123456', link: 'http://localhost:8000/reset-password?token=abc' },
}

const senders = { message: sendMessage }
const hourMs = 60 * 60_000

async function enqueueMessage(world: World, key = 'one'): Promise<void> {
  const expiresAt = world.clock.now() + hourMs
  await world.db.transaction((query) =>
    enqueue(query, world, messageWithKey({ order, userId: undefined, expiresAt, key })),
  )
}

async function stateOf({ db }: World) {
  const [row] = await db.query(sql`select state, attempts, payload, last_error from outbox_deliveries`)
  return { state: row?.state, attempts: row?.attempts, error: row?.last_error, isEmpty: row?.payload === '' }
}

function toolsOf(engine: Engine) {
  async function started() {
    const smtp = await startSmtp()
    const clock = testClock()
    const env = { SIGIL_SMTP_URL: smtp.url, SIGIL_MAIL_FROM: 'Example <no-reply@example.org>' }
    const world = await openTestWorld(engine, { clock, env })
    return { smtp, clock, world }
  }

  /** Expiring, checking and claiming succeed; marking the result fails. */
  function killedAfterClaim({ db }: World): World['db']['query'] {
    let statements = 0
    return async (statement) => {
      statements++
      if (statements > 3) throw new Error('killed')
      return db.query(statement)
    }
  }
  return { started, killedAfterClaim }
}

function testMessageArrivesBoth(engine: Engine): void {
  const { started } = toolsOf(engine)

  test('an email arrives as text and HTML, and its payload is deleted once it is sent', async () => {
    const { smtp, world } = await started()
    await enqueueMessage(world)
    assert.equal(await deliver(world, senders), 1)
    const [mail] = smtp.received
    assert.equal(mail?.to, 'ann@example.org')
    assert.equal(mail?.from, 'no-reply@example.org')
    assert.equal(mail?.headers.from, 'Example <no-reply@example.org>')
    assert.equal(mail?.headers['auto-submitted'], 'auto-generated')
    assert.equal(codeIn(mail ?? { text: '' }), '123456')
    assert.match(mail?.html ?? '', /href="http:\/\/localhost:8000\/reset-password\?token=abc"/)
    assert.deepEqual(await stateOf(world), { state: 'sent', attempts: 1, error: null, isEmpty: true })
  })

  test('an email whose recipient is permanently rejected is given up after one attempt', async () => {
    const { smtp, world, clock } = await started()
    smtp.answer({ RCPT: '550 5.1.1 no such mailbox' })
    await enqueueMessage(world)
    await deliver(world, senders)
    const { state, attempts, error } = await stateOf(world)
    assert.deepEqual({ state, attempts }, { state: 'dead', attempts: 1 })
    assert.match(String(error), /550 5\.1\.1/)
    clock.forward(hourMs)
    assert.equal(await deliver(world, senders), 0)
  })

  test('an email that is temporarily rejected, before or after DATA, is sent later', async () => {
    const { smtp, world, clock } = await started()
    await enqueueMessage(world)
    for (const answers of [{ RCPT: '451 4.7.1 greylisted' }, { END: '452 4.3.1 out of space' }]) {
      smtp.answer(answers)
      await deliver(world, senders)
      assert.equal((await stateOf(world)).state, 'due')
      clock.forward(60_000)
    }
    smtp.answer({})
    await deliver(world, senders)
    assert.equal(smtp.received.length, 1)
    assert.equal(codeIn(smtp.received[0] ?? { text: '' }), '123456')
    assert.equal((await stateOf(world)).state, 'sent')
  })

  test('an email that is permanently rejected after DATA is given up', async () => {
    const { smtp, world } = await started()
    smtp.answer({ END: '554 5.7.1 rejected as spam' })
    await enqueueMessage(world)
    await deliver(world, senders)
    assert.equal((await stateOf(world)).state, 'dead')
  })
}

function testMailServerDown(engine: Engine): void {
  const { started, killedAfterClaim } = toolsOf(engine)

  test('a mail server that is down keeps emails due, and an expired one is never sent', async () => {
    const { smtp, world, clock } = await started()
    await smtp.close()
    await enqueueMessage(world)
    await deliver(world, senders)
    assert.equal((await stateOf(world)).state, 'due')
    clock.forward(hourMs)
    await deliver(world, senders)
    assert.deepEqual(await stateOf(world), {
      state: 'dead',
      attempts: 1,
      error: 'Expired before it could be sent.',
      isEmpty: true,
    })
  })

  test('after a kill an email may be sent again, with the same Message-ID', async () => {
    const { smtp, world, clock } = await started()
    await enqueueMessage(world)
    const killed = { ...world, db: { ...world.db, query: killedAfterClaim(world) } }
    await assert.rejects(deliver(killed, senders), /killed/)
    assert.equal(smtp.received.length, 1)
    clock.forward(attemptMs + 1000)
    await deliver(world, senders)
    const ids = smtp.received.map(({ headers }) => headers['message-id'])
    assert.equal(ids.length, 2)
    assert.equal(ids[0], ids[1])
  })

  test('a server without mail sends nothing, and the email stays due', async () => {
    const world = await openTestWorld(engine, { clock: testClock(), env: { SIGIL_DEV_MAIL: 'off' } })
    await enqueueMessage(world)
    await deliver(world, senders)
    assert.equal((await stateOf(world)).state, 'due')
  })
}

onBothEngines('messages', (engine) => {
  testMessageArrivesBoth(engine)
  testMailServerDown(engine)
})

describe('the text of emails', () => {
  const settings = {
    brandName: 'Example',
    brandColor: undefined,
    publicUrl: 'https://auth.example.org',
    supportContact: undefined,
  }

  test('the button of an email has the color of the brand', () => {
    const order = { kind: 'reset', language: 'en', values: { link: 'https://a' } } as const
    const colorOf = (html: string) => /<td bgcolor="(#[\da-f]{6})"/.exec(html)?.[1] ?? assert.fail(html)
    assert.equal(colorOf(writeMessage({ ...settings, brandColor: '#1d4ed8' }, order).html), '#1d4ed8')
    assert.ok(contrastOf(colorOf(writeMessage(settings, order).html), '#ffffff') >= 4.5)
  })

  test('values chosen by users become neither markup nor further headers', () => {
    const message = writeMessage(settings, {
      kind: 'new_device',
      language: 'en',
      values: {
        device: '<img src=x>\r\nBcc: eve@example.org',
        address: '192.0.2.1',
        at: 0,
        link: 'https://a',
      },
    })
    assert.doesNotMatch(message.html, /<img/)
    assert.doesNotMatch(message.text, /\nBcc:/)
    assert.doesNotMatch(message.subject, /[\r\n]/)
  })

  test('every email exists in both languages, as text and HTML', () => {
    const values = {
      code: '123456',
      link: 'https://a',
      device: 'd',
      address: 'x',
      at: 0,
      email: 'e',
      method: 'totp',
    }
    for (const language of ['en', 'ru'] as const) {
      for (const kind of Object.keys(en) as (keyof typeof en)[]) {
        const message = writeMessage(settings, { kind, language, values })
        assert.doesNotMatch(message.subject + message.text + message.html, /undefined|null/)
        assert.match(message.html, new RegExp(`<html lang="${language}">`))
        if (language === 'ru') assert.match(message.subject, /[а-я]/)
      }
    }
  })

  test('an email about a second factor names it in words', () => {
    for (const language of ['en', 'ru'] as const) {
      for (const method of [...listedKinds, 'recovery_code', 'upstream']) {
        const { text } = writeMessage(settings, { kind: 'factor_added', language, values: { method } })
        assert.ok(!text.includes(`: ${method}.`), text)
      }
    }
  })
})
