import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, goodPassword, refresh, refreshed } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const path = '/api/v1/me/step_up'
const me = '/api/v1/me'

onBothEngines('step-up', (engine) => {
  const server = serverForSuite(engine)

  test('a password as a recent proof allows calls that an old sign-in does not', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { session } = await arrived(client)
    clock.forward(11 * 60_000)
    const { access_token: old } = await refreshed(client, session.refresh_token)
    const refused = await client.delete(me, { bearer: old })
    assertRefused(refused, 'step_up_required')
    assert.deepEqual(JSON.parse(refused.text).methods, ['password'])

    const reply = await client.post(path, { method: 'password', password: goodPassword }, { bearer: old })
    assert.equal(reply.status, 200, reply.text)
    assert.equal((await client.delete(me, { bearer: reply.body.access_token })).status, 204)
  })

  test('a step-up replaces the refresh token: the earlier one stops working', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const json = { method: 'password', password: goodPassword }
    const { body } = await client.post(path, json, { bearer: session.access_token })
    assert.equal(body.session_id, session.session_id)
    assertRefused(await refresh(client, session.refresh_token), 'invalid_token')
    await refreshed(client, body.refresh_token)
  })

  test('a wrong password or a missing method is rejected as a recent proof', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const wrong = await client.post(path, { method: 'password', password: 'not this one 1' }, { bearer })
    assertRefused(wrong, 'wrong_password')
    assertFieldRefused(await client.post(path, { method: 'totp', code: '123456' }, { bearer }), '/method')
    const needed = { password: 'password', totp: 'code', recovery_code: 'code', passkey: 'response' }
    for (const [method, member] of Object.entries(needed)) {
      const call = [path, '/api/v1/auth/mfa'] as const
      const bodies = [{ method }, { method, mfa_token: 'x' }] as const
      for (const at of [0, 1] as const)
        assertFieldRefused(await client.post(call[at], bodies[at], { bearer }), `/${member}`, 'missing')
    }
    assertRefused(await client.post(path, { method: 'password', password: goodPassword }), 'not_signed_in')
    await refreshed(client, session.refresh_token)
  })

  test('after twenty concurrent step-ups the session has one working refresh token', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const json = { method: 'password', password: goodPassword }
    const replies = await atOnce(8, () => client.post(path, json, { bearer: session.access_token }))
    assert.ok(replies.every(({ status }) => status === 200))
    const refreshes = []
    for (const { body } of replies) refreshes.push((await refresh(client, body.refresh_token)).status)
    assert.equal(refreshes.filter((status) => status === 200).length, 1)
  })
})
