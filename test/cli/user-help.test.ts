import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { command, commandJson } from '#test/support/command.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword, signIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { envOf } from '#test/support/sigil.ts'
import { startSmtp } from '#test/support/smtp-server.ts'

onBothEngines('support commands for users', (engine) => {
  test('a user is created, gets a link, a password, a history, and is deleted', async () => {
    const place = await engine.freshPlace()
    const email = 'ann@example.org'
    const run = (words: string[], input?: string) =>
      commandJson(words, input === undefined ? { place } : { place, input })
    const created = await run(['user', 'create', '--email', email, '--verified'])
    assert.equal(created.code, 0, JSON.stringify(created.said))
    assert.equal(Object(created.said.user).email_verified, true)
    assert.equal((await run(['user', 'create', '--email', email])).code, 5)
    const set = await run(
      ['user', 'set-password', email, '--password-stdin', '--must-change'],
      `${goodPassword}\n`,
    )
    assert.equal(set.code, 0, JSON.stringify(set.said))
    const link = await run(['user', 'reset-link', email])
    assert.equal((await run(['user', 'reset-link', 'nobody@example.org'])).code, 4)
    const said = link.said as unknown as { url: string }
    assert.match(said.url, /\/reset-password\?token=/)
    const token = new URL(said.url).searchParams.get('token')
    const server = await startServer(place, envOf(place))
    const client = clientAt(server.url)
    const asked = await signIn(client, { email, password: goodPassword })
    assert.equal(JSON.parse(asked.text).password_change_required, true)
    const password = 'a password of my own choice'
    assert.equal((await client.post('/api/v1/auth/reset', { token, password })).status, 204)
    assert.equal((await signIn(client, { email, password: 'wrong password 12' })).status, 401)
    assert.equal((await signIn(client, { email, password })).status, 200)
    await server.stop()
    const history = await command(['user', 'history', email], { place })
    assert.match(history.stdout, /signed_in/)
    assert.match(history.stdout, /wrong_credentials/)
    assert.equal((await run(['user', 'unlock', email])).code, 0)
    assert.equal((await run(['user', 'delete', email])).code, 0)
    assert.equal((await run(['user', 'delete', email])).code, 4)
  })

  test('sigil mail test sends an email, and prints why it could not', async () => {
    const place = await engine.freshPlace()
    const smtp = await startSmtp()
    const env = { SIGIL_SMTP_URL: smtp.url, SIGIL_MAIL_FROM: 'no-reply@example.org' }
    const sent = await commandJson(['mail', 'test', 'ann@example.org'], { place, env })
    assert.equal(sent.code, 0, JSON.stringify(sent.said))
    assert.equal(smtp.received[0]?.to, 'ann@example.org')
    smtp.answer({ RCPT: '550 no such mailbox' })
    const rejected = await commandJson(['mail', 'test', 'ann@example.org'], { place, env })
    assert.deepEqual([rejected.code, rejected.said.error.code], [1, 'mail_not_sent'])
    assert.match(rejected.said.error.message, /550 no such mailbox/)
    const without = await commandJson(['mail', 'test', 'ann@example.org'], { place })
    assert.deepEqual([without.code, without.said.error.code], [3, 'no_mail_server'])
  })
})
