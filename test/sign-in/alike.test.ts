import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable, enable } from '#src/accounts/disable.ts'
import { bySystem } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  arrived,
  goodPassword,
  newEmail,
  refresh,
  signedIn,
  signedUp,
  signIn,
  signUp,
} from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const signInPath = '/api/v1/auth/signin'
const wrong = 'not the password 77'

onBothEngines('failed sign-ins', (engine) => {
  const server = serverForSuite(engine)

  test('an unknown login, a wrong password and a disabled user get the same answer', async () => {
    const client = clientAt(server().url)
    const known = await signedUp(client, { username: 'known.one' })
    const disabled = await signedUp(client)
    await disable(server().world, { userId: disabled.id, by: bySystem })
    const answers = [
      await signIn(client, { login: known.email, password: wrong }),
      await signIn(client, { login: 'known.one', password: wrong }),
      await signIn(client, { login: newEmail(), password: goodPassword }),
      await signIn(client, { login: 'nobody.here', password: goodPassword }),
      await signIn(client, disabled),
      await signIn(client, { login: disabled.email, password: wrong }),
      await signIn(client, { login: '', password: '' }),
      await signIn(client, { login: '@', password: wrong }),
      await signIn(client, { login: 'no@mail@box', password: wrong }),
      await signIn(client, { login: "' or 1=1 --", password: wrong }),
      await client.post(signInPath, { email: known.email, password: '' }),
    ]
    for (const answer of answers) assertRefused(answer, 'wrong_credentials')
    const [first, ...others] = answers.map(withoutChance)
    for (const other of others) assert.deepEqual(other, first)
    await signedIn(client, known)
  })

  test('a failed sign-in appears only in the history of that user', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    await signIn(client, { login: person.email, password: wrong })
    await signIn(client, { login: newEmail(), password: wrong })
    const { body } = await client.get('/api/v1/me/history', { bearer: session.access_token })
    assert.deepEqual(
      body.data.map(({ outcome }) => outcome),
      ['wrong_credentials', 'signed_in'],
    )
  })
})

onBothEngines('records of failed sign-ins', (engine) => {
  const server = serverForSuite(engine)

  test('every failed sign-in writes one history row, even for unknown logins', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const disabled = await signedUp(client)
    await disable(world, { userId: disabled.id, by: bySystem })
    const lines = async () => {
      const [row] = await world.db.query(sql`select count(*) as lines from sign_ins`)
      return Number(row?.lines)
    }
    for (const { email } of [await signedUp(client), { email: newEmail() }, disabled]) {
      const before = await lines()
      assertRefused(await signIn(client, { login: email, password: wrong }), 'wrong_credentials')
      assert.equal((await lines()) - before, 1)
    }
  })

  test('an enabled user can sign in again, and ended sessions stay ended', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const { disabled, propagated } = await disable(server().world, { userId: person.id, by: bySystem })
    await propagated
    assert.equal(disabled, 'disabled')
    const me = await client.get('/api/v1/me', { bearer: session.access_token })
    assertRefused(me, 'not_signed_in')
    assert.equal(await enable(server().world, { userId: person.id, by: bySystem }), true)
    assert.notEqual((await signedIn(client, person)).session_id, session.session_id)
    const again = await refresh(client, session.refresh_token)
    assertRefused(again, 'refresh_token_revoked')
  })
})

onBothEngines('sign-up', (engine) => {
  const server = serverForSuite(engine)

  test('sign-up reports a registered email in any spelling', async () => {
    const client = clientAt(server().url)
    const taken = 'ünï.cödé@bücher.example'
    await signedUp(client, { email: taken })
    const spellings = [
      taken.toUpperCase(),
      ` ${taken}\t`,
      taken.normalize('NFD'),
      'ünï.cödé@xn--bcher-kva.example',
      'ÜNÏ.cödé@BÜCHER.EXAMPLE',
    ]
    for (const email of spellings) {
      const reply = await signUp(client, { email, password: goodPassword })
      assertRefused(reply, 'already_registered')
      await signedIn(client, { email, password: goodPassword })
    }
    const other = await signedUp(client, { email: 'uni.code@bücher.example' })
    assert.equal(other.email, 'uni.code@xn--bcher-kva.example')
  })

  test('a rejected sign-up stores nothing', async () => {
    const client = clientAt(server().url)
    const email = newEmail()
    await signedUp(client, { username: 'first.come' })
    const taken = { email, password: goodPassword, username: 'FIRST.come' }
    assertRefused(await signUp(client, taken), 'username_taken')
    assertRefused(await signIn(client, { login: email, password: goodPassword }), 'wrong_credentials')
    await signedUp(client, { email, username: 'second.come' })
  })
})

function withoutChance({ status, headers, cookies, body }: Reply) {
  const { date: _date, 'x-request-id': _id, ...rest } = headers
  return { status, headers: rest, cookies, body: { ...body, request_id: '' } }
}
