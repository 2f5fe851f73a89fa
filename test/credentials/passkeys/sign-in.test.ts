import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { flag, newAuthenticator } from '#test/support/authenticator.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  creationOptionsFor,
  enrolledPasskey,
  signInByPasskey,
  signInOptionsFor,
} from '#test/support/passkeys.ts'
import { arrived, newEmail, sessionIn } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const signInPath = '/api/v1/auth/passkey/signin'

async function ownerAt({ url }: TestServer) {
  const client = clientAt(url)
  const { person, session } = await arrived(client)
  const { authenticator, id } = await enrolledPasskey(client, { url, bearer: session.access_token })
  return { person, session, authenticator, id, browser: browserAt(url) }
}

const twists = {
  'another origin': { origin: 'https://evil.example' },
  'an origin with ours as a prefix': { origin: 'http://localhost.evil.example' },
  'another domain': { rpId: 'evil.example' },
  'the type of a registration': { type: 'webauthn.create' },
  'a frame of another site': { crossOrigin: true },
  'nobody present': { flags: flag.verified },
  'a user who was not verified': { flags: flag.present },
  'a signature of another key': { key: newAuthenticator('').key },
  'a made-up challenge': { challenge: Buffer.alloc(32, 7).toString('base64url') },
  'no user handle': { userHandle: undefined },
  'the user handle of another user': { userHandle: Buffer.from('x'.repeat(22)).toString('base64url') },
  'an unknown credential': { id: Buffer.alloc(16, 9).toString('base64url') },
}

onBothEngines('hostile assertions', (engine) => {
  const server = serverForSuite(engine)

  for (const [what, twist] of Object.entries(twists)) {
    test(`an assertion with ${what} is rejected, and the passkey still works`, async () => {
      const { authenticator, browser } = await ownerAt(server())
      assertRefused(await signInByPasskey(browser, authenticator, twist), 'passkey_rejected')
      sessionIn(await signInByPasskey(browser, authenticator))
    })
  }
})

onBothEngines('sessions of a passkey', (engine) => {
  const server = serverForSuite(engine)
  const owner = () => ownerAt(server())

  test('a passkey that verified its user signs in at aal2, with the methods in amr', async () => {
    const { person, authenticator, browser } = await owner()
    const session = sessionIn(await signInByPasskey(browser, authenticator))
    assert.equal(session.user.id, person.id)
    assert.deepEqual(decodeJwt(session.access_token).amr, ['hwk', 'user', 'mfa', 'phr'])
    const [row] = await server().world.db.query(
      sql`select acr from sessions where id = ${session.session_id}`,
    )
    assert.equal(row?.acr, 'aal2')
    const [bearer, proof] = [session.access_token, { method: 'password', password: person.password }]
    const stepped = sessionIn(await browser.post('/api/v1/me/step_up', proof, { bearer }))
    assert.deepEqual(decodeJwt(stepped.access_token).amr, ['hwk', 'user', 'mfa', 'pwd'])
    const history = await browser.get('/api/v1/me/history', { bearer })
    assert.deepEqual([history.body.data[0]?.method, history.body.data[0]?.outcome], ['passkey', 'signed_in'])
  })

  test('a synced passkey is a software key in amr', async () => {
    const { url } = server()
    const client = clientAt(url)
    const { session } = await arrived(client)
    const authenticator = newAuthenticator(url)
    const flags = flag.present | flag.verified | flag.backupEligible | flag.backedUp
    const { access_token: bearer } = session
    const options = JSON.parse((await client.post('/api/v1/me/passkeys/options', undefined, { bearer })).text)
    const response = authenticator.create(options, { flags })
    assert.equal((await client.post('/api/v1/me/passkeys', { response }, { bearer })).status, 201)
    const browser = browserAt(url)
    const signedIn = sessionIn(await signInByPasskey(browser, authenticator, { flags }))
    assert.deepEqual(decodeJwt(signedIn.access_token).amr, ['swk', 'user', 'mfa', 'phr'])
    // Whether it can be copied is decided when it is made.
    const asOther = await signInByPasskey(browser, authenticator, { flags: flag.present | flag.verified })
    assertRefused(asOther, 'passkey_rejected')
  })

  test('a user without a password signs in by passkey', async () => {
    const { person, authenticator, browser } = await owner()
    await server().world.db.query(sql`update users set password_hash = null where id = ${person.id}`)
    const session = sessionIn(await signInByPasskey(browser, authenticator))
    const refused = await browser.post('/api/v1/auth/signin', {
      login: person.email,
      password: person.password,
    })
    assertRefused(refused, 'wrong_credentials')
    const options = JSON.parse(
      (await browser.post('/api/v1/me/step_up/options', undefined, { bearer: session.access_token })).text,
    )
    const proof = { method: 'passkey', response: authenticator.get(options) }
    const proven = await browser.post('/api/v1/me/step_up', proof, { bearer: session.access_token })
    assert.equal(proven.status, 200, proven.text)
  })
})

onBothEngines('passkeys used once', (engine) => {
  const server = serverForSuite(engine)
  const owner = () => ownerAt(server())

  test('a used assertion cannot sign in again', async () => {
    const { authenticator, browser } = await owner()
    const response = authenticator.get(await signInOptionsFor(browser))
    sessionIn(await browser.post(signInPath, { response }))
    assertRefused(await browser.post(signInPath, { response }), 'passkey_rejected')
  })

  test('of twenty calls with one assertion exactly one opens a session', async () => {
    const { person, authenticator, browser } = await owner()
    const response = authenticator.get(await signInOptionsFor(browser))
    const replies = await atOnce(20, () => browser.post(signInPath, { response }))
    assert.deepEqual(tally(replies), { '200': 1, '401 passkey_rejected': 19 })
    const rows = await server().world.db.query(sql`select id from sessions
      where user_id = ${person.id} and method = 'passkey'`)
    assert.equal(rows.length, 1)
  })

  test('a rejected assertion has used up its challenge', async () => {
    const { authenticator, browser } = await owner()
    const options = await signInOptionsFor(browser)
    const wrong = authenticator.get(options, { origin: 'https://evil.example' })
    assertRefused(await browser.post(signInPath, { response: wrong }), 'passkey_rejected')
    const right = authenticator.get(options)
    assertRefused(await browser.post(signInPath, { response: right }), 'passkey_rejected')
  })

  test('a credential signs in only its owner, even with a signature by another key', async () => {
    const one = await owner()
    const other = await owner()
    const twist = { id: one.authenticator.id }
    const reply = await signInByPasskey(other.browser, other.authenticator, twist)
    assertRefused(reply, 'passkey_rejected')
  })

  test('a challenge of another browser, or without a browser, is rejected', async () => {
    const { authenticator, browser } = await owner()
    const other = browserAt(server().url)
    await signInOptionsFor(other)
    const response = authenticator.get(await signInOptionsFor(browser))
    assertRefused(await other.post(signInPath, { response }), 'passkey_rejected')
    assertRefused(await clientAt(server().url).post(signInPath, { response }), 'passkey_rejected')
    sessionIn(await browser.post(signInPath, { response }))
  })
})

onBothEngines('challenges and counters of passkeys', (engine) => {
  const server = serverForSuite(engine)
  const owner = () => ownerAt(server())

  test('a challenge of another purpose is rejected', async () => {
    const { session, authenticator, browser } = await owner()
    const bearer = session.access_token
    for (const path of ['/me/step_up/options', '/me/passkeys/options']) {
      const options = JSON.parse((await browser.post(`/api/v1${path}`, undefined, { bearer })).text)
      const asked = { challenge: options.challenge, rpId: 'localhost' }
      const response = authenticator.get(asked)
      assertRefused(await browser.post(signInPath, { response }), 'passkey_rejected')
    }
    const { challenge } = await creationOptionsFor(browser, bearer)
    const stepUp = { method: 'passkey', response: authenticator.get({ challenge, rpId: 'localhost' }) }
    assertRefused(await browser.post('/api/v1/me/step_up', stepUp, { bearer }), 'passkey_rejected')
    const response = authenticator.get(await signInOptionsFor(browser))
    const proof = { method: 'passkey', response }
    assertRefused(await browser.post('/api/v1/me/step_up', proof, { bearer }), 'passkey_rejected')
  })

  test('a challenge expires after five minutes', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { session } = await arrived(client)
    const { authenticator } = await enrolledPasskey(client, { url, bearer: session.access_token })
    const browser = browserAt(url)
    const early = authenticator.get(await signInOptionsFor(browser))
    clock.forward(4 * 60_000)
    sessionIn(await browser.post(signInPath, { response: early }))
    const late = authenticator.get(await signInOptionsFor(browser))
    clock.forward(5 * 60_000 + 1)
    assertRefused(await browser.post(signInPath, { response: late }), 'passkey_rejected')
  })

  test('a counter that does not increase indicates a copied key and is rejected', async () => {
    const { authenticator, browser } = await owner()
    sessionIn(await signInByPasskey(browser, authenticator, { counter: 5 }))
    for (const counter of [5, 4, 0]) {
      assertRefused(await signInByPasskey(browser, authenticator, { counter }), 'passkey_rejected')
    }
    sessionIn(await signInByPasskey(browser, authenticator, { counter: 6 }))
  })

  test('of two assertions with the same counter one signs in', async () => {
    const { authenticator, browser } = await owner()
    const responses: unknown[] = []
    for (let one = 0; one < 8; one++)
      responses.push(authenticator.get(await signInOptionsFor(browser), { counter: 9 }))
    const replies = await atOnce(8, (index) => browser.post(signInPath, { response: responses[index] }))
    assert.deepEqual(tally(replies), { '200': 1, '401 passkey_rejected': 7 })
  })
})

onBothEngines('answers to passkeys', (engine) => {
  const server = serverForSuite(engine)
  const owner = () => ownerAt(server())

  test('a disabled user gets the same error as a wrong passkey', async () => {
    const { person, authenticator, browser } = await owner()
    await server().world.db.query(
      sql`update users set state = 'disabled', disabled_at = 1 where id = ${person.id}`,
    )
    assertRefused(await signInByPasskey(browser, authenticator), 'passkey_rejected')
  })

  test('the options of known and unknown logins differ only in the challenge', async () => {
    const { person } = await owner()
    const browser = browserAt(server().url)
    const [known, unknown, none] = [
      await signInOptionsFor(browser, person.email),
      await signInOptionsFor(browser, newEmail()),
      await signInOptionsFor(browser),
    ].map((options) => ({ ...options, challenge: options.challenge.length }))
    assert.deepEqual(known, unknown)
    assert.deepEqual(known, none)
    assert.deepEqual(Object(known).allowCredentials, [])
  })

  test('a malformed response is a bad request', async () => {
    const { authenticator, browser } = await owner()
    const response = authenticator.get(await signInOptionsFor(browser))
    const broken = { ...response, type: 'password' }
    assertFieldRefused(await browser.post(signInPath, { response: broken }), '/response/type')
    assertFieldRefused(await browser.post(signInPath, {}), '/response')
  })
})
