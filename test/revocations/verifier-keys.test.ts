import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { addVerifier, rotateVerifier, verifierOf } from '#src/revocations/verifier-keys.ts'
import type { World } from '#src/world/world.ts'
import { formCall, registerApi, registerApp, tokensFor } from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { personWithRoles, signedIn } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const minuteMs = 60_000

/** The same server later, which has cached nothing. */
function later(world: World, ms: number): World {
  return { ...world, clock: { ...world.clock, now: () => world.clock.now() + ms } }
}

async function newVerifier(world: World, name: string, more: { lifetimeMs?: number } = {}) {
  const added = await addVerifier(world, { name, by: byCli, ...more })
  assert.ok(added)
  return added.key
}

const polledAt = (url: string) => async (bearer: string) =>
  (await clientAt(url).post('/api/v1/revocations/poll', { after: 0, ack: 0, wait_ms: 0 }, { bearer })).status

onBothEngines('verifier keys', (engine) => {
  const server = serverForSuite(engine)

  const polled = (key: string) => polledAt(server().url)(key)

  test('a verifier key works exactly until it expires', async () => {
    const { world } = server()
    const key = await newVerifier(server().world, 'short', { lifetimeMs: 60 * minuteMs })
    assert.equal(await polled(key), 200)
    assert.equal((await verifierOf(later(world, 50 * minuteMs), key))?.name, 'short')
    assert.equal(await verifierOf(later(world, 61 * minuteMs), key), undefined)
    assert.equal(await polled(await newVerifier(server().world, 'expired', { lifetimeMs: 0 })), 401)
  })

  test('a cached key stops working when it expires', async () => {
    let passed = 0
    const { world } = server()
    const { clock } = world
    const moving = { ...clock, now: () => clock.now() + passed, monotonic: () => clock.monotonic() + passed }
    const there = { ...world, clock: moving }
    const key = await newVerifier(server().world, 'cached', { lifetimeMs: 60 * minuteMs })
    assert.ok(await verifierOf(there, key))
    passed = 61 * minuteMs
    assert.equal(await verifierOf(there, key), undefined)
  })

  test('after a rotation both keys work, until the overlap has passed', async () => {
    const { world } = server()
    const first = await newVerifier(server().world, 'rotated')
    const rotated = await rotateVerifier(world, { name: 'rotated', overlapMs: minuteMs, by: byCli })
    const second = rotated?.key ?? ''
    assert.deepEqual([await polled(first), await polled(second)], [200, 200])
    const after = later(world, 2 * minuteMs)
    assert.equal(await verifierOf(after, first), undefined)
    assert.equal((await verifierOf(after, second))?.name, 'rotated')
  })
})

onBothEngines('rotations of verifier keys', (engine) => {
  const server = serverForSuite(engine)
  const polled = (key: string) => polledAt(server().url)(key)

  test('an overlap neither revives nor extends a key, and a second rotation ends the first key', async () => {
    const { world } = server()
    const rotate = (name: string, overlapMs: number) => rotateVerifier(world, { name, overlapMs, by: byCli })
    const short = await newVerifier(server().world, 'brief', { lifetimeMs: minuteMs })
    await rotate('brief', 10 * minuteMs)
    assert.equal(await verifierOf(later(world, 2 * minuteMs), short), undefined)
    const expired = await newVerifier(server().world, 'over', { lifetimeMs: 0 })
    await rotate('over', minuteMs)
    assert.equal(await polled(expired), 401)
    const first = await newVerifier(server().world, 'twice')
    const second = (await rotate('twice', minuteMs))?.key ?? ''
    await rotate('twice', minuteMs)
    assert.deepEqual([await polled(first), await polled(second)], [401, 200])
    const none = await newVerifier(server().world, 'at-once')
    await rotate('at-once', 0)
    assert.equal(await polled(none), 401)
    assert.equal(await rotate('nothing', 0), undefined)
  })

  test('of twenty rotations at once, the last two keys work', async () => {
    const { world } = server()
    await newVerifier(server().world, 'busy')
    const rotations = await atOnce(20, () =>
      rotateVerifier(world, { name: 'busy', overlapMs: minuteMs, by: byCli }),
    )
    const statuses = await Promise.all(rotations.map((one) => polled(one?.key ?? '')))
    assert.equal(statuses.filter((status) => status === 200).length, 2)
  })
})

onBothEngines('verifiers in the audit log', (engine) => {
  const server = serverForSuite(engine)

  test('revocations by a verifier and its rotation are recorded under its name', async () => {
    const { world, url } = server()
    const api = await registerApi(world)
    const app = await registerApp(world, { apis: [{ name: api.name }] })
    await addVerifier(world, { name: 'orders', apiId: api.id, by: byCli })
    const rotated = await rotateVerifier(world, { name: 'orders', overlapMs: 0, by: byCli })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const client = clientAt(url)
    const { access_token: token } = await tokensFor(browser, client, app)
    const asVerifier = { id: 'orders', secret: rotated?.key, redirectUri: '' }
    assert.equal((await formCall(client, '/oauth/revoke', asVerifier, { token })).status, 200)
    const admin = await personWithRoles(world, ['default_user', 'admin'])
    const { access_token: bearer } = await signedIn(client, admin)
    const { text } = await client.get('/api/v1/audit?limit=200', { bearer })
    const events = (JSON.parse(text) as { data: Record<string, unknown>[] }).data
    const named = (event: string) => events.find((one) => one.event === event)
    const orders = { kind: 'verifier', id: 'orders' }
    assert.deepEqual(named('app.disconnected')?.actor, orders)
    assert.deepEqual(named('verifier.rotated')?.target, orders)
  })
})
