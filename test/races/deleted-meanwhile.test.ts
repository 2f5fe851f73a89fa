import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { refuseLeaving } from '#src/accounts/restore.ts'
import { byCli } from '#src/audit/by.ts'
import { offerLink } from '#src/credentials/upstream/connect.ts'
import { siteAt } from '#src/forward-auth/known-sites.ts'
import { issueSiteCode } from '#src/forward-auth/redeem-site-code.ts'
import { editProfile } from '#src/me/edit-profile.ts'
import { decideDevice, storeDeviceCode } from '#src/oidc/device-flow.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { cleanSessions } from '#src/sessions/clean.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { next } from '#src/sign-in/attempt.ts'
import { attemptOf } from '#src/sign-in/begin.ts'
import { proceed } from '#src/sign-in/proceed.ts'
import { sendStepUpCode } from '#src/sign-in/second-factor-code.ts'
import { sql } from '#src/store/sql.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import { findUser } from '#src/users/users.sql.ts'
import { registerSite } from '#test/support/app-host.ts'
import { formCall, registerApp } from '#test/support/app-sign-in.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { writeHistory } from '#test/support/long-history.ts'
import { arrived, signIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const mailing = {
  SIGIL_SMTP_URL: 'smtp://127.0.0.1:1',
  SIGIL_MAIL_FROM: 'accounts@example.com',
  SIGIL_EMAIL_VERIFICATION: 'optional',
}

onBothEngines('a user who is deleted at the same time', (engine) => {
  test('a wrong password during the deletion of its user gets a 401', async () => {
    const { url } = await startServer(engine)
    const client = clientAt(url)
    const statuses: number[] = []
    for (let round = 0; round < 20; round++) {
      const { person, session } = await arrived(client)
      const tries = [1, 2, 3].map(() => signIn(client, { login: person.email, password: 'not this one 12' }))
      const deleted = await client.delete('/api/v1/me', { bearer: session.access_token })
      assert.equal(deleted.status, 204)
      for (const { status } of await Promise.all(tries)) statuses.push(status)
    }
    assert.deepEqual([...new Set(statuses)], [401])
  })

  test('a long history is deleted in batches, and nothing of the user remains', async () => {
    const { url, world } = await startServer(engine)
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await writeHistory(world, person.id, 2000)
    assert.equal((await client.delete('/api/v1/me', { bearer: session.access_token })).status, 204)
    while ((await cleanSessions(world, 500)) > 0);
    for (const statement of [
      sql`select id from sessions where user_id = ${person.id}`,
      sql`select id from sign_ins where user_id = ${person.id}`,
      sql`select id from users where id = ${person.id}`,
    ])
      assert.deepEqual(await world.db.query(statement), [])
  })
})

onBothEngines('operations on a user or an app that was deleted in the meantime', (engine) => {
  test('what refers to a deleted user or app gets an expected error', async () => {
    const { url, world } = await startServer(engine, mailing)
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const site = await siteAt(world, (await registerSite(world)).host)
    const app = await registerApp(world, { kind: 'native', redirectUris: [] })
    const begunAtDevice = await formCall(client, '/oauth/device_authorization', app, { scope: 'openid' })
    const now = world.clock.now()
    const subject = await findTokenSubject(world.db.query, { sessionId: session.session_id, now })
    const user = await findUser(world.db.query, person.id)
    assert.ok(user && subject)
    const { propagated } = await removeWithTokens(world, { userId: user.id, by: byCli })
    await propagated

    assert.equal(await issueSiteCode(world, { site, subject, browserHash: hashOf('x') }), undefined)
    await refuseLeaving(world, { ...user, deletesAt: now + 60_000 })
    const asking = { user: { ...user, emailVerifiedAt: now }, language: 'en' } as const
    const sent = sendStepUpCode(world, { ...asking, sessionId: session.session_id })
    await assert.rejects(sent, { code: 'not_signed_in' })
    const edited = editProfile(world, { userId: user.id, edit: { fullName: 'Anna' }, by: byCli })
    await assert.rejects(edited, { code: 'not_signed_in' })
    const asked = { user, client: { address: '127.0.0.1', userAgent: '' }, forPages: false }
    const begun = attemptOf(world, { ...asked, purpose: 'sign_in' })
    const policy = { secondFactors: ['totp'], enroll: [] } as const
    const attempt = next(begun, { kind: 'password', amr: ['pwd'], at: now }, policy)
    const step = { attempt, user, freshHash: undefined, by: byCli, knownBrowser: undefined }
    assert.equal(await proceed(world, step), undefined)
    const decision = { userId: user.id, sessionId: session.session_id, isAllowed: true, by: byCli }
    const decided = decideDevice(world, {
      ...decision,
      typed: String(JSON.parse(begunAtDevice.text).user_code),
    })
    await assert.rejects(decided, { code: 'not_signed_in' })
    const identity = { provider: 'x', issuer: 'https://id.example.com', subject: '1', label: 'x' }
    const offered = offerLink(world, { identity, userId: user.id, destination: undefined })
    await assert.rejects(offered, { code: 'provider_expired' })
    const payload = { clientId: 'app_gone', userCode: 'X' }
    const stored = storeDeviceCode(world, { id: 'x', payload, lifetimeSeconds: 60 })
    await assert.rejects(stored, { code: 'invalid_client' })
    const added = addVerifier(world, { name: 'orders', apiId: 'gone', by: byCli })
    await assert.rejects(added, { code: 'not_found' })
  })
})
