import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { newAuthenticator } from '#test/support/authenticator.ts'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { type Flow, flowsAt } from '#test/support/known-and-unknown.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { enrolledPasskey, signInByPasskey, signInOptionsFor } from '#test/support/passkeys.ts'
import { signedIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { verifiedPerson } from '#test/support/verified-person.ts'

/** Without values that differ between any two responses, such as the challenge and values derived from it. */
function seenIn({ status, headers, cookies, text }: Reply) {
  const { date: _date, 'x-request-id': _id, 'content-length': _length, etag: _etag, ...rest } = headers
  const names = cookies.map((cookie) => cookie.split('=')[0])
  const same = text
    .replaceAll(/person-\d+@example\.org/g, 'EMAIL')
    .replaceAll(/"(request_id|challenge|id)":"[\w-]*"/g, '"$1":""')
    .replaceAll(/"id":"localhost"/g, '"id":""')
  return { status, headers: Object.entries(rest).filter(([name]) => name !== 'set-cookie'), names, same }
}

/** The number of rows in the tables that both calls write to, without the outbox. */
async function rowsAt({ server }: MailSite) {
  const [row] = await server().world.db.query(sql`select
    (select count(*) from email_codes where purpose <> 'not_me') as codes,
    (select count(*) from outbox_deliveries where reader is null) as deliveries,
    (select count(*) from webauthn_challenges) as challenges, (select count(*) from sign_ins) as history`)
  return Object.entries(row ?? {}).map(([name, count]) => [name, Number(count)] as const)
}

async function written(site: MailSite, act: Flow['known']) {
  const before = await rowsAt(site)
  const reply = await act()
  const after = await rowsAt(site)
  return { reply, rows: after.map(([name, count], at) => [name, count - (before[at]?.[1] ?? 0)]) }
}

onBothEngines('known and unknown people', (engine) => {
  const site = mailSiteForSuite(engine, { SIGIL_EMAIL_VERIFICATION: 'required' })

  test('every call with an email has the same response and writes for known and unknown ones', async () => {
    const { url } = site.server()
    const flows = await flowsAt(url, () => verifiedPerson(clientAt(url), site))
    for (const { name, known, unknown } of flows) {
      const one = await written(site, known)
      const other = await written(site, unknown)
      assert.ok(one.reply.status < 500, name)
      assert.deepEqual(seenIn(one.reply), seenIn(other.reply), name)
      assert.deepEqual(one.rows, other.rows, name)
    }
  })

  test('an unknown passkey, a wrong one and a disabled owner have the same response and writes', async () => {
    const { url, world } = site.server()
    const person = await verifiedPerson(clientAt(url), site)
    const { access_token: bearer } = await signedIn(clientAt(url), person)
    const { authenticator } = await enrolledPasskey(clientAt(url), { url, bearer })
    const stranger = newAuthenticator(url)
    stranger.create({ challenge: '', user: { id: Buffer.from(person.id).toString('base64url') } })
    const wrong = await written(site, () =>
      signInByPasskey(browserAt(url), authenticator, { key: newAuthenticator('').key }),
    )
    const unknown = await written(site, () => signInByPasskey(browserAt(url), stranger))
    await world.db.query(sql`update users set state = 'disabled', disabled_at = 1 where id = ${person.id}`)
    const disabled = await written(site, () => signInByPasskey(browserAt(url), authenticator))
    for (const { reply } of [wrong, unknown, disabled]) assertRefused(reply, 'passkey_rejected')
    assert.deepEqual(seenIn(unknown.reply), seenIn(wrong.reply))
    assert.deepEqual(seenIn(disabled.reply), seenIn(wrong.reply))
    assert.deepEqual([unknown.rows, disabled.rows], [wrong.rows, wrong.rows])
  })

  test('an unknown sign-in attempt gets the same response as an expired one, at every step', async () => {
    const client = clientAt(site.server().url)
    const options = await signInOptionsFor(browserAt(site.server().url))
    const response = newAuthenticator('').get(options)
    for (const [path, more] of [
      ['mfa', { method: 'totp', code: '123456' }],
      ['mfa', { method: 'passkey', response }],
      ['mfa', { method: 'password', password: 'x' }],
      ['mfa/code', {}],
      ['mfa/options', {}],
      ['mfa/enroll', {}],
    ] as const) {
      const reply = await client.post(`/api/v1/auth/${path}`, { mfa_token: 'sgm_nobody', ...more })
      assertRefused(reply, 'attempt_expired')
    }
  })
})
