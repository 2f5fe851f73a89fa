import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { flag } from '#test/support/authenticator.ts'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { enrolledPasskey, optionsIn, signInByPasskey } from '#test/support/passkeys.ts'
import { arrived, goodPassword, type Person, sessionIn, signedIn, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { codeIn } from '#test/support/smtp-server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { addedTotp, clockAhead, prove } from '#test/support/totp.ts'
import { proofCode, verifiedPerson } from '#test/support/verified-person.ts'

const factors = '/api/v1/me/factors'
const mfa = '/api/v1/auth/mfa'

/** A user with a passkey as the second factor. */
async function withPasskeyAsked(url: string) {
  const client = clientAt(url)
  const { person, session } = await arrived(client)
  const bearer = session.access_token
  const { authenticator, id } = await enrolledPasskey(client, { url, bearer })
  const chosen = await client.post(`${factors}/passkey`, undefined, { bearer })
  assert.equal(chosen.status, 200, chosen.text)
  const codes: readonly string[] = chosen.body.recovery_codes
  return { client, person, bearer, authenticator, id, codes }
}

/** A new access token of the session, which the passkey has just proven. */
async function stronger({ client, bearer, authenticator }: Awaited<ReturnType<typeof withPasskeyAsked>>) {
  const options = optionsIn(await client.post('/api/v1/me/step_up/options', undefined, { bearer }))
  const proof = { method: 'passkey', response: authenticator.get(options) }
  return { bearer: sessionIn(await client.post('/api/v1/me/step_up', proof, { bearer })).access_token }
}

async function half(
  client: Client,
  person: Person,
): Promise<{ mfa_token: string; methods: readonly string[] }> {
  const { body } = await signIn(client, person)
  assert.equal(body.mfa_required, true)
  return { mfa_token: body.mfa_token, methods: body.methods }
}

onBothEngines('a passkey as the only second factor', (engine) => {
  const server = serverForSuite(engine)

  test('a passkey as second factor is required after the password, with recovery codes', async () => {
    const { client, person, authenticator, codes } = await withPasskeyAsked(server().url)
    assert.equal(codes.length, 10)
    const { mfa_token, methods } = await half(client, person)
    assert.deepEqual(methods, ['passkey', 'recovery_code'])
    const options = optionsIn(await client.post(`${mfa}/options`, { mfa_token }))
    const response = authenticator.get(options, { flags: flag.present })
    const session = sessionIn(await client.post(mfa, { mfa_token, method: 'passkey', response }))
    assert.deepEqual(partsOf(session.access_token).claims.acr, 'aal2')
    const other = await half(client, person)
    sessionIn(await prove(client, other.mfa_token, { method: 'recovery_code', code: codes[0] }))
  })

  test('a passkey that verified its user still signs in alone', async () => {
    const { authenticator } = await withPasskeyAsked(server().url)
    sessionIn(await signInByPasskey(browserAt(server().url), authenticator))
  })

  test('a passkey as second factor is chosen once, and ends with the last passkey', async () => {
    const { url, world } = server()
    const stranger = clientAt(url)
    const early = { bearer: (await arrived(stranger)).session.access_token }
    assertRefused(await stranger.post(`${factors}/passkey`, undefined, early), 'no_passkey')
    const owner = await withPasskeyAsked(url)
    const { client, person, id } = owner
    assertRefused(await client.post(`${factors}/passkey`, undefined, owner), 'step_up_required')
    const strong = await stronger(owner)
    assertRefused(await client.post(`${factors}/passkey`, undefined, strong), 'already_enrolled')
    const listed = (await client.get(factors, strong)).body.data
    assert.deepEqual(
      listed.map((one) => [one.id, one.method]),
      [['passkey', 'passkey']],
    )
    assert.equal((await client.delete(`/api/v1/me/passkeys/${id}`, strong)).status, 204)
    const left = await world.db.query(
      sql`select count(*) as n from recovery_codes where user_id = ${person.id}`,
    )
    assert.equal(left[0]?.n, 0)
    const again = await signedIn(client, person)
    await enrolledPasskey(client, { url, bearer: again.access_token })
    sessionIn(await signIn(client, person))
  })

  test('turning off the passkey as second factor needs a recent proof', async () => {
    const { client, person, codes, bearer } = await withPasskeyAsked(server().url)
    assertRefused(await client.delete(`${factors}/passkey`, { bearer }), 'step_up_required')
    const { mfa_token } = await half(client, person)
    const proof = { method: 'recovery_code', code: codes[0] }
    const strong = { bearer: sessionIn(await prove(client, mfa_token, proof)).access_token }
    assert.equal((await client.delete(`${factors}/passkey`, strong)).status, 204)
    assertRefused(await client.delete(`${factors}/passkey`, strong), 'not_found')
    sessionIn(await signIn(client, person))
    assert.equal((await client.get('/api/v1/me/passkeys', strong)).body.data.length, 1)
  })
})

onBothEngines('a change of the second factors', (engine) => {
  const server = serverForSuite(engine)

  test('twenty calls at once turn a second factor on once', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const bearer = session.access_token
    await enrolledPasskey(client, { url, bearer })
    const replies = await atOnce(20, () => client.post(`${factors}/passkey`, undefined, { bearer }))
    assert.equal(tally(replies)['200'], 1, JSON.stringify(tally(replies)))
    const events = await world.db.query(sql`select * from audit_events
      where event = 'factor.added' and target_id = ${person.id} and details like '%"method":"passkey"}%'`)
    assert.equal(events.length, 1)
  })

  test('a pending sign-in continues with the current factors of its user', async () => {
    const owner = await withPasskeyAsked(server().url)
    const { client, person, authenticator } = owner
    const { mfa_token } = await half(client, person)
    await addedTotp(client, { ...(await stronger(owner)), clock: clockAhead() })
    const options = optionsIn(await client.post(`${mfa}/options`, { mfa_token }))
    const response = authenticator.get(options)
    sessionIn(await client.post(mfa, { mfa_token, method: 'passkey', response }))
    const { methods } = await half(client, person)
    assert.deepEqual(methods, ['totp', 'passkey', 'recovery_code'])
  })
})

onBothEngines('a required second factor of a user with a passkey', (engine) => {
  const server = serverForSuite(engine, { SIGIL_MFA_REQUIRED_ROLES: 'subscriber' })

  test('an existing passkey is the required factor, and a stolen password adds no other', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const { authenticator } = await enrolledPasskey(client, { url, bearer: session.access_token })
    await world.db.query(sql`insert into user_roles values (${person.id}, 'subscriber', 0)`)
    const { body } = await signIn(client, person)
    assert.deepEqual([body.methods, body.enroll], [['passkey'], undefined])
    const { mfa_token } = body
    assertRefused(await client.post(`${mfa}/enroll`, { mfa_token }), 'attempt_expired')
    const options = optionsIn(await client.post(`${mfa}/options`, { mfa_token }))
    const response = authenticator.get(options)
    sessionIn(await client.post(mfa, { mfa_token, method: 'passkey', response }))
  })
})

async function withEmailCodes(site: MailSite) {
  const client = clientAt(site.server().url)
  const person = await verifiedPerson(client, site)
  const bearer = (await signedIn(client, person)).access_token
  const sent = await client.post(`${factors}/email_code`, undefined, { bearer })
  assert.equal(sent.status, 202, sent.text)
  const code = await proofCode(site, person.email)
  const wrong = code === '000000' ? '111111' : '000000'
  assertRefused(
    await client.post(`${factors}/email_code/confirm`, { code: wrong }, { bearer }),
    'invalid_code',
  )
  const confirmed = await client.post(`${factors}/email_code/confirm`, { code }, { bearer })
  assert.equal(confirmed.status, 200, confirmed.text)
  const codes: readonly string[] = confirmed.body.recovery_codes
  return { client, person, bearer, codes }
}

onBothEngines('codes by mail as a permanent second factor', (engine) => {
  const site = mailSiteForSuite(engine)

  test('codes by mail are turned on with a code from an email, and required after the password', async () => {
    const { client, person, codes } = await withEmailCodes(site)
    const { mfa_token, methods } = await half(client, person)
    assert.deepEqual([codes.length, methods], [10, ['email_code', 'recovery_code']])
    assert.equal((await client.post(`${mfa}/code`, { mfa_token })).status, 202)
    const code = await proofCode(site, person.email, 1)
    const bearer = sessionIn(await prove(client, mfa_token, { method: 'email_code', code })).access_token
    assert.equal(partsOf(bearer).claims.acr, 'aal2')
    assert.equal((await client.delete(`${factors}/email_code`, { bearer })).status, 204)
  })

  test('twenty concurrent proofs of one attempt with the emailed code open one session', async () => {
    const { client, person } = await withEmailCodes(site)
    const { mfa_token } = await half(client, person)
    await client.post(`${mfa}/code`, { mfa_token })
    const code = await proofCode(site, person.email, 1)
    const replies = await atOnce(20, () => prove(client, mfa_token, { method: 'email_code', code }))
    assert.equal(tally(replies)['200'], 1, JSON.stringify(tally(replies)))
  })

  test('after a sign-in by mail, a code by mail is not enough: the password is required', async () => {
    const { client, person } = await withEmailCodes(site)
    await client.post('/api/v1/auth/code', { email: person.email })
    const message = await site.smtp().mailTo(person.email, ({ text }) => text.includes('/sign-in/link'))
    const first = { email: person.email, code: codeIn(message) }
    const { body } = await client.post('/api/v1/auth/code/signin', first)
    assert.deepEqual([body.access_token, body.methods], [undefined, ['recovery_code', 'password']])
    const { mfa_token } = body
    const by = (password: string) => client.post(mfa, { mfa_token, method: 'password', password })
    assertRefused(await by('not the password 1'), 'wrong_password')
    const session = sessionIn(await by(goodPassword))
    assert.deepEqual(partsOf(session.access_token).claims.amr, ['otp', 'pwd', 'mfa'])
  })

  test('a reset by mail sets a password without a further code, and opens no session', async () => {
    const { client, person } = await withEmailCodes(site)
    await client.post('/api/v1/auth/forgot', { email: person.email })
    const message = await site.smtp().mailTo(person.email, ({ text }) => text.includes('/reset-password'))
    const password = 'another tarot window 43'
    const reset = { email: person.email, code: codeIn(message), password }
    assert.equal((await client.post('/api/v1/auth/reset', reset)).status, 204)
    assert.deepEqual((await half(client, { ...person, password })).methods, ['email_code', 'recovery_code'])
  })

  test('codes by mail need a verified email, and a step-up code does not turn them on', async () => {
    const client = clientAt(site.server().url)
    const unverified = await arrived(client)
    const first = { bearer: unverified.session.access_token }
    assertRefused(await client.post(`${factors}/email_code`, undefined, first), 'email_not_verified')
    const person = await verifiedPerson(client, site)
    const bearer = (await signedIn(client, person)).access_token
    await client.post('/api/v1/me/step_up/code', undefined, { bearer })
    const code = await proofCode(site, person.email)
    assertRefused(await client.post(`${factors}/email_code/confirm`, { code }, { bearer }), 'invalid_code')
    sessionIn(await signIn(client, person))
  })
})
