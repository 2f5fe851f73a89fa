import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { administered } from '#test/administration/administrator.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword, isAccepted, newEmail, refresh, signedIn, signIn } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'

onBothEngines('creating users', (engine) => {
  const { admin, anybody } = administered(engine)

  test('a created user has the given roles and can sign in', async () => {
    const email = newEmail()
    const wish = {
      email: email.toUpperCase(),
      password: goodPassword,
      full_name: 'Ada',
      roles: ['guest', 'guest'],
    }
    const made = await admin.call('POST', '/users', wish)
    assert.equal(made.status, 201, made.text)
    const { user } = made.body
    assert.deepEqual(
      [user.email, user.full_name, user.username, user.roles, user.email_verified, user.status],
      [email, 'Ada', null, ['guest'], false, 'active'],
    )
    assert.equal((await signedIn(admin.client, { email, password: goodPassword })).user.id, user.id)
    assert.deepEqual((await admin.call('GET', `/users/${user.id}`)).body.roles, ['guest'])
  })

  test('a user created without a password cannot sign in with any', async () => {
    const email = newEmail()
    const made = await admin.call('POST', '/users', { email })
    assert.deepEqual(made.body.user.roles, ['default_user'])
    for (const password of ['', goodPassword]) {
      const reply = await signIn(admin.client, { login: email, password })
      assertRefused(reply, 'wrong_credentials')
    }
  })

  test('creating a user with invalid fields fails', async () => {
    const { person } = await anybody()
    const username = `taken-${person.id.slice(0, 8).replaceAll('_', 'x')}`
    await admin.call('PATCH', `/users/${person.id}`, { username })
    const make = (more: object) => admin.call('POST', '/users', { email: newEmail(), ...more })
    assertRefused(await make({ email: person.email.toUpperCase() }), 'already_registered')
    assertRefused(await make({ username: username.toUpperCase() }), 'username_taken')
    assertFieldRefused(await make({ email: 'nobody' }), '/email', 'not_an_email')
    assertFieldRefused(await make({ username: 'a' }), '/username', 'not_a_username')
    assertFieldRefused(await make({ password: 'short' }), '/password', 'too_short')
    assertFieldRefused(await make({ roles: ['guest', 'nobody'] }), '/roles/1', 'unknown_role')
    assertFieldRefused(await make({ roles: Array.from({ length: 33 }, () => 'guest') }), '/roles')
    for (const key of ['id', 'status', 'email_verified', 'signature', 'password_hash', 'is_admin']) {
      assertFieldRefused(await make({ [key]: 'x' }), `/${key}`, 'unknown_key')
    }
    const unmade = newEmail()
    await make({ email: unmade, roles: ['nobody'] })
    assert.equal((await admin.call('POST', '/users', { email: unmade })).status, 201)
  })
})

onBothEngines('a user who was just created', (engine) => {
  const { admin } = administered(engine)

  test('a created user is found at its Location, and a null name is absent', async () => {
    const wish = { email: newEmail(), username: null, full_name: null }
    const made = await admin.call('POST', '/users', wish)
    assert.equal(made.status, 201, made.text)
    const { user } = made.body
    assert.deepEqual([user.username, user.full_name], [null, null])
    assert.equal(made.headers.location, `/api/v1/users/${user.id}`)
    const found = await admin.client.get(made.headers.location ?? '', { bearer: admin.token })
    assert.deepEqual(found.body as object, user)
    assertFieldRefused(await admin.call('POST', '/users', { email: null }), '/email', 'invalid_type')
  })
})

onBothEngines('changing names', (engine) => {
  const { admin, anybody } = administered(engine)

  test('every call with an unknown user id is not found', async () => {
    const calls = [
      ['GET', ''],
      ['PATCH', '', {}],
      ['DELETE', ''],
      ['GET', '/roles'],
      ['GET', '/roles/guest'],
      ['PUT', '/roles/guest'],
      ['DELETE', '/roles/guest'],
      ['GET', '/sessions'],
      ['DELETE', '/sessions'],
      ['DELETE', '/sessions/nothing'],
      ['GET', '/history'],
      ['POST', '/logout_all'],
      ['POST', '/disable'],
      ['POST', '/enable'],
    ] as const
    for (const id of ['nobody', '%00', "'%20or%20'1'='1", encodeURIComponent('ада')]) {
      for (const [method, path, json] of calls) {
        assertRefused(await admin.call(method, `/users/${id}${path}`, json), 'not_found')
      }
    }
  })

  test('changing a full name keeps tokens valid', async () => {
    const { person, session } = await anybody()
    const changed = await admin.call('PATCH', `/users/${person.id}`, { full_name: 'Grace Hopper' })
    assert.deepEqual([changed.status, changed.body.full_name], [200, 'Grace Hopper'])
    assert.equal(await isAccepted(admin.client, session.access_token), true)
    const removed = await admin.call('PATCH', `/users/${person.id}`, { full_name: null })
    assert.equal(removed.body.full_name, null)
  })

  test('a new username revokes old tokens and keeps the session', async () => {
    const { person, session } = await anybody()
    const username = `n-${person.id.slice(0, 8).replaceAll('_', 'x')}`
    assert.equal((await admin.call('PATCH', `/users/${person.id}`, { username })).body.username, username)
    assert.equal(await isAccepted(admin.client, session.access_token), false)
    const again = await refresh(admin.client, session.refresh_token)
    assert.equal(again.body.user.username, username)
    assert.equal(await isAccepted(admin.client, again.body.access_token), true)
    // The same username again changes nothing and revokes nothing.
    await admin.call('PATCH', `/users/${person.id}`, { username, email: person.email.toUpperCase() })
    assert.equal(await isAccepted(admin.client, again.body.access_token), true)
  })
})

onBothEngines('verified emails', (engine) => {
  const { server, admin, anybody } = administered(engine)

  test('a new email is unverified even if the old one was verified', async () => {
    const { person } = await anybody()
    await server().world.db.query(sql`update users set email_verified_at = 1 where id = ${person.id}`)
    const call = (edit: object) => admin.call('PATCH', `/users/${person.id}`, edit)
    assert.equal((await call({ full_name: 'Ada' })).body.email_verified, true)
    assert.equal((await call({ email: newEmail() })).body.email_verified, false)
  })
})

onBothEngines('changing emails', (engine) => {
  const { admin, anybody } = administered(engine)

  test('a new email ends every session, is unverified and becomes the login', async () => {
    const { person, session } = await anybody()
    const second = await signedIn(admin.client, person)
    const email = newEmail()
    const changed = await admin.call('PATCH', `/users/${person.id}`, { email: ` ${email.toUpperCase()} ` })
    assert.deepEqual([changed.body.email, changed.body.email_verified], [email, false])
    for (const { access_token, refresh_token } of [session, second]) {
      assert.equal(await isAccepted(admin.client, access_token), false)
      assertRefused(await refresh(admin.client, refresh_token), 'refresh_token_revoked')
    }
    const old = await signIn(admin.client, {
      login: person.email,
      password: goodPassword,
    })
    assertRefused(old, 'wrong_credentials')
    await signedIn(admin.client, { email, password: goodPassword })
  })

  test('an edit with one invalid field changes nothing', async () => {
    const { person, session } = await anybody()
    const { person: other } = await anybody()
    const edit = (json: object) => admin.call('PATCH', `/users/${person.id}`, json)
    assertRefused(await edit({ email: other.email, full_name: 'X' }), 'already_registered')
    const username = `o-${other.id.slice(0, 8).replaceAll('_', 'x')}`
    await admin.call('PATCH', `/users/${other.id}`, { username })
    assertRefused(await edit({ username, full_name: 'X', email: newEmail() }), 'username_taken')
    assertFieldRefused(await edit({ email: 'x' }), '/email', 'not_an_email')
    assertFieldRefused(await edit({ email: null }), '/email')
    assertFieldRefused(await edit({ username: 'ада-ada' }), '/username', 'not_a_username')
    for (const key of ['id', 'status', 'roles', 'email_verified', 'password', 'signature']) {
      assertFieldRefused(await edit({ [key]: 'active' }), `/${key}`, 'unknown_key')
    }
    const { email, full_name } = (await admin.call('GET', `/users/${person.id}`)).body
    assert.deepEqual([email, full_name], [person.email, null])
    assert.equal(await isAccepted(admin.client, session.access_token), true)
  })

  test('of twenty edits to one email at once, one succeeds', async () => {
    const people = await atOnce(20, () => admin.call('POST', '/users', { email: newEmail() }))
    const email = newEmail()
    const replies = await Promise.all(
      people.map(({ body }) => admin.call('PATCH', `/users/${body.user.id}`, { email })),
    )
    const refused = replies.filter(({ status }) => status !== 200)
    assert.equal(refused.length, 19)
    for (const reply of refused) assertRefused(reply, 'already_registered')
  })
})

onBothEngines('disabling and deleting users', (engine) => {
  const { admin, anybody } = administered(engine)

  test('a disabled user cannot sign in until enabled, and old sessions stay ended', async () => {
    const { person, session } = await anybody()
    for (const _ of ['once', 'again']) {
      const disabled = await admin.call('POST', `/users/${person.id}/disable`)
      assert.deepEqual([disabled.status, disabled.body.user.status], [200, 'disabled'])
      assert.equal(await isAccepted(admin.client, session.access_token), false)
      assertRefused(await refresh(admin.client, session.refresh_token), 'refresh_token_revoked')
      const attempt = { login: person.email, password: goodPassword }
      assertRefused(await signIn(admin.client, attempt), 'wrong_credentials')
    }
    for (const _ of ['once', 'again']) {
      const enabled = await admin.call('POST', `/users/${person.id}/enable`, {})
      assert.deepEqual([enabled.status, enabled.body.user.status], [200, 'active'])
    }
    assert.equal(await isAccepted(admin.client, session.access_token), false)
    await signedIn(admin.client, person)
  })

  test('deleting a user revokes their tokens and frees the email', async () => {
    const { person, session } = await anybody()
    assert.equal((await admin.call('DELETE', `/users/${person.id}`)).status, 204)
    assert.equal(await isAccepted(admin.client, session.access_token), false)
    assertRefused(await admin.call('DELETE', `/users/${person.id}`), 'not_found')
    assert.equal((await admin.call('POST', '/users', { email: person.email })).status, 201)
  })

  test('Prefer: respond-async returns 202 at once', async () => {
    const prefer = { headers: { prefer: 'respond-async' } }
    const { person } = await anybody()
    const at = `/users/${person.id}`
    const calls = [
      await admin.call('PATCH', at, { email: newEmail() }, prefer),
      await admin.call('PUT', `${at}/roles/guest`, undefined, prefer),
      await admin.call('DELETE', `${at}/roles/guest`, undefined, prefer),
      await admin.call('DELETE', `${at}/sessions`, undefined, prefer),
      await admin.call('POST', `${at}/logout_all`, undefined, prefer),
      await admin.call('POST', `${at}/disable`, undefined, prefer),
      await admin.call('DELETE', at, undefined, prefer),
    ]
    for (const { status, headers } of calls) {
      assert.deepEqual([status, headers['preference-applied']], [202, 'respond-async'])
    }
    assert.deepEqual([calls[3]?.body.everywhere, calls[4]?.body.everywhere], [false, false])
  })
})
