import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import {
  isAccepted,
  logOut,
  logOutEverywhere,
  type Person,
  refresh,
  refreshed,
  signedIn,
  signedUp,
  signIn,
} from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import type { WireSession } from '#test/support/wire-body.ts'

const devices = ['Laptop', 'Phone', 'Tablet']

onBothEngines('a user with three devices', (engine) => {
  const server = serverForSuite(engine)

  test('the history shows all sign-ins, including failed ones', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const [laptop] = await onThreeDevices(server().url, person)
    await signIn(client, { login: person.email, password: 'not the password' })
    const { body } = await client.get('/api/v1/me/history', { bearer: laptop.access_token })
    assert.deepEqual(
      body.data.map(({ outcome, user_agent }) => `${user_agent} ${outcome}`),
      ['Sigil test wrong_credentials', 'Tablet signed_in', 'Phone signed_in', 'Laptop signed_in'],
    )
    assert.ok(body.data.every(({ ip }) => ip === '127.0.0.1' || ip === '::1'))
  })

  test('logging out on one device revokes its access and refresh tokens and no others', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const [laptop, phone, tablet] = await onThreeDevices(server().url, person)
    const stranger = await signedIn(client, await signedUp(client))
    const fresh = await refreshed(client, phone.refresh_token)
    const out = await logOut(client, phone.access_token)
    assert.equal(out.status, 204)
    for (const token of [phone.access_token, fresh.access_token]) {
      assert.equal(await isAccepted(client, token), false)
    }
    assertRefused(await refresh(client, fresh.refresh_token), 'refresh_token_revoked')
    for (const session of [laptop, tablet, stranger]) await assertWorks(server().url, session)
  })

  test('logging out everywhere revokes all earlier tokens, and new ones work', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const old = await onThreeDevices(server().url, person)
    const stranger = await signedIn(client, await signedUp(client))
    const out = await logOutEverywhere(client, old[0].access_token)
    assert.equal(out.status, 200)
    assert.deepEqual([out.body.sessions_ended, out.body.everywhere], [3, true])
    for (const session of old) await assertRevoked(server().url, session)
    await assertWorks(server().url, await signedIn(client, person))
    await assertWorks(server().url, stranger)
  })
})

onBothEngines('a restart on the same data', (engine) => {
  test('after a restart revoked tokens stay revoked and all others work', async () => {
    const { server, restart } = await restartable(engine)
    const client = clientAt(server.url)
    const person = await signedUp(client)
    const ended = await onThreeDevices(server.url, person)
    await logOutEverywhere(client, ended[0].access_token)
    const [out, stays, unused] = await onThreeDevices(server.url, person)
    await client.post('/api/v1/auth/logout', { refresh_token: out.refresh_token })
    const url = await restart()
    for (const session of [...ended, out]) await assertRevoked(url, session)
    for (const session of [stays, unused]) await assertWorks(url, session)
    await assertWorks(url, await signedIn(clientAt(url), person))
  })
})

async function restartable(engine: Engine) {
  const place = await engine.freshPlace()
  // The issuer in the tokens is the public URL, so it must not change with the port.
  const env = { SIGIL_PUBLIC_URL: 'https://auth.example.org' }
  const server = await startServer(place, env)
  const restart = async () => {
    await server.stop()
    return (await startServer(place, env)).url
  }
  return { server, restart }
}

async function onThreeDevices(url: string, person: Person): Promise<[WireSession, WireSession, WireSession]> {
  const [laptop, phone, tablet] = devices.map((userAgent) => clientAt(url, { userAgent }))
  assert.ok(laptop && phone && tablet)
  return [await signedIn(laptop, person), await signedIn(phone, person), await signedIn(tablet, person)]
}

async function assertWorks(url: string, session: WireSession): Promise<void> {
  const client = clientAt(url)
  assert.equal(await isAccepted(client, session.access_token), true)
  const next = await refresh(client, session.refresh_token)
  assert.equal(next.status, 200, next.text)
  assert.equal(await isAccepted(client, next.body.access_token), true)
}

async function assertRevoked(url: string, session: WireSession): Promise<void> {
  const client = clientAt(url)
  assert.equal(await isAccepted(client, session.access_token), false)
  assertRefused(await refresh(client, session.refresh_token), 'refresh_token_revoked')
}
