import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#src/audit/events.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { type Administrator, administered } from '#test/administration/administrator.ts'
import { auditEvents, sealAll } from '#test/audit/recorded.ts'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, logOut, logOutEverywhere, refresh, signedIn, signIn, signUp } from '#test/support/people.ts'

/** The one event that a call recorded, with the id of its request. */
async function lineOf(admin: Administrator, event: string, target: string, reply: Reply) {
  const [line, ...others] = await auditEvents(admin, `event=${event}&target=${encodeURIComponent(target)}`)
  assert.ok(line, `${event} is not in the log: ${reply.text}`)
  assert.equal(others.length, 0)
  assert.equal(line.request_id, reply.headers['x-request-id'])
  assert.ok(line.erased || line.ip === '127.0.0.1' || line.ip === '::1')
  return line
}

onBothEngines('audit events of users', (engine) => {
  const { server, admin, anybody } = administered(engine)

  test('signing up, signing in and logging out are recorded', async () => {
    const client = clientAt(server().url)
    const wish = { email: 'ada@example.org', password: 'plum tarot window 42', username: 'ada' }
    const up = await signUp(client, wish)
    const { id } = up.body.user
    const me = { kind: 'user', id }
    const signedUp = await lineOf(admin, 'user.signed_up', id, up)
    assert.deepEqual([signedUp.actor, signedUp.target], [me, me])
    const { email, username } = wish
    assert.deepEqual(signedUp.details, { after: { email, username, roles: ['default_user'] } })

    const entered = await signIn(client, { login: 'ada', password: wish.password })
    const session = entered.body.session_id
    const came = await lineOf(admin, 'user.signed_in', session, entered)
    assert.deepEqual([came.actor, came.details], [me, { method: 'password' }])

    const left = await logOut(client, entered.body.access_token)
    const ended = await lineOf(admin, 'session.ended', session, left)
    assert.deepEqual([ended.actor, ended.details], [me, { reason: 'logout', user_id: id }])
  })

  test('logging out everywhere is recorded once', async () => {
    const { person, session } = await anybody()
    const bearer = session.access_token
    const reply = await logOutEverywhere(clientAt(server().url), bearer)
    const line = await lineOf(admin, 'user.logged_out_everywhere', person.id, reply)
    assert.deepEqual(line.actor, { kind: 'user', id: person.id })
    assert.deepEqual(line.details, { reason: 'logout_all', sessions_ended: 1 })
    await logOutEverywhere(clientAt(server().url), bearer)
    assert.equal((await auditEvents(admin, `event=user.logged_out_everywhere&target=${person.id}`)).length, 1)
  })

  test('a changed password or name, an ended session and a deleted account are recorded', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const other = await signedIn(client, person)
    const bearer = session.access_token
    const one = await client.delete(`/api/v1/me/sessions/${other.session_id}`, { bearer })
    const gone = await lineOf(admin, 'session.ended', other.session_id, one)
    assert.deepEqual(gone.details, { reason: 'revoked', user_id: person.id })

    const names = await client.patch('/api/v1/me', { full_name: 'Ada L.' }, { bearer })
    const named = await lineOf(admin, 'profile.changed', person.id, names)
    const { email } = person
    const [before, after] = [null, 'Ada L.'].map((full_name) => ({ email, username: null, full_name }))
    assert.deepEqual(named.details, { before, after })

    const change = { current: person.password, new: 'a wholly different one 7' }
    const changed = await client.put('/api/v1/me/password', change, { bearer })
    const line = await lineOf(admin, 'password.changed', person.id, changed)
    assert.deepEqual([line.actor.id, line.details], [person.id, { sessions_ended: 0 }])

    const fresh = changed.body.access_token
    const deleted = await client.delete('/api/v1/me', { json: { password: change.new }, bearer: fresh })
    assert.deepEqual((await lineOf(admin, 'user.deleted', person.id, deleted)).details, {})
  })
})

onBothEngines('audit events of sessions', (engine) => {
  const { server, admin } = administered(engine)

  test('reuse of a refresh token is recorded', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const second = await refresh(client, session.refresh_token)
    await refresh(client, second.body.refresh_token)
    const reply = await refresh(client, session.refresh_token)
    assert.equal(reply.body.code, 'refresh_token_reused')
    const line = await lineOf(admin, 'refresh_token.reused', session.session_id, reply)
    assert.deepEqual(line.actor, { kind: 'nobody', id: null })
  })

  test('failed sign-ins and reads are not recorded', async () => {
    await sealAll(server().world)
    const [newest] = await auditEvents(admin, 'limit=1')
    await signIn(clientAt(server().url), { login: 'ada', password: 'wrong' })
    await admin.call('GET', '/users')
    assert.deepEqual(await auditEvents(admin, 'limit=1'), [newest])
  })
})

onBothEngines('audit events of administrators', (engine) => {
  const { admin, anybody } = administered(engine)
  const byAdmin = () => ({ kind: 'user', id: admin.person.id })

  test('creating, changing, disabling, enabling and deleting users is recorded', async () => {
    const created = await admin.call('POST', '/users', { email: 'bob@example.org', roles: ['guest'] })
    const { id } = created.body.user
    const made = await lineOf(admin, 'user.created', id, created)
    assert.deepEqual(made.details, { after: { email: 'bob@example.org', roles: ['guest'] } })
    const edited = await admin.call('PATCH', `/users/${id}`, { email: 'rob@example.org' })
    const { before, after } = (await lineOf(admin, 'profile.changed', id, edited)).details
    const names = { username: null, full_name: null }
    assert.deepEqual(before, { email: 'bob@example.org', ...names })
    assert.deepEqual(after, { email: 'rob@example.org', ...names })
    for (const [act, event] of [
      ['disable', 'user.disabled'],
      ['enable', 'user.enabled'],
      ['logout_all', 'user.logged_out_everywhere'],
    ] as const) {
      const line = await lineOf(admin, event, id, await admin.call('POST', `/users/${id}/${act}`, {}))
      assert.deepEqual(line.actor, byAdmin())
    }
    const gone = await admin.call('DELETE', `/users/${id}`)
    assert.deepEqual((await lineOf(admin, 'user.deleted', id, gone)).actor, byAdmin())
  })

  test('granting, revoking, creating, changing and deleting roles is recorded once each', async () => {
    const { person } = await anybody()
    const created = await admin.call('POST', '/roles', { name: 'editor', description: 'Edits' })
    await lineOf(admin, 'role.created', 'editor', created)
    const described = await admin.call('PATCH', '/roles/editor', { description: 'Edits texts' })
    const { before, after } = (await lineOf(admin, 'role.changed', 'editor', described)).details
    assert.deepEqual([before, after], [{ description: 'Edits' }, { description: 'Edits texts' }])
    const path = `/users/${person.id}/roles/editor`
    const granted = await admin.call('PUT', path)
    await admin.call('PUT', path)
    const line = await lineOf(admin, 'role.granted', person.id, granted)
    assert.deepEqual([line.actor, line.details], [byAdmin(), { role: 'editor' }])
    const revoked = await admin.call('DELETE', path)
    await admin.call('DELETE', path)
    await lineOf(admin, 'role.revoked', person.id, revoked)
    const deleted = await admin.call('DELETE', '/roles/editor')
    assert.equal(deleted.status, 204)
    await lineOf(admin, 'role.deleted', 'editor', deleted)
  })
})

onBothEngines('more audit events of administrators', (engine) => {
  const { server, admin, anybody } = administered(engine)

  test('ending the sessions of a user is recorded', async () => {
    const { person, session } = await anybody()
    const reply = await admin.call('DELETE', `/users/${person.id}/sessions`)
    const line = await lineOf(admin, 'session.ended', person.id, reply)
    assert.deepEqual(line.details, { reason: 'revoked', sessions: [session.session_id] })
  })

  test('a rejected call is not recorded', async () => {
    await sealAll(server().world)
    const [newest] = await auditEvents(admin, 'limit=1')
    await admin.call('PUT', '/users/nobody/roles/admin')
    await admin.call('DELETE', '/roles/admin')
    await admin.call('POST', '/roles', { name: 'admin' })
    await admin.call('DELETE', `/users/${admin.person.id}`)
    assert.deepEqual(await auditEvents(admin, 'limit=1'), [newest])
  })
})

onBothEngines('the audit log of a server that was used', (engine) => {
  const { server, admin } = administered(engine)

  test('the audit log contains no secret and only known events, and verifies', async () => {
    const { url, world } = server()
    const browser = browserAt(url, { userAgent: 'canary agent' })
    const password = 'canary orchid lamp 99'
    const { person, session } = await arrived(browser, { password })
    const bearer = session.access_token
    const next = await refresh(browser, session.refresh_token)
    await browser.put('/api/v1/me/password', { current: password, new: 'canary fresh pass 7' }, { bearer })
    await signIn(browser, { login: person.email, password: 'canary wrong' })
    await browser.post('/api/v1/auth/logout', { refresh_token: next.body.refresh_token })
    const lines = await auditEvents(admin, 'limit=200')
    const text = JSON.stringify(lines)
    assert.ok(lines.length >= 5)
    for (const secret of ['canary', 'sgr_', 'eyJ', 'argon2', browser.jar.valueOf('known_browser')])
      assert.ok(!text.includes(secret), secret)
    for (const { event } of lines) assert.ok(Object.keys(events).includes(event), event)
    await sealAll(world)
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events >= lines.length)
  })
})
