import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotateKey } from '#src/administration/rotate-key.ts'
import { byCli } from '#src/audit/by.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { publishedForMs, stateOf } from '#src/keys/key.ts'
import { listKeys } from '#src/keys/rotation.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { refresh } from '#src/tokens/refresh.ts'
import type { World } from '#src/world/world.ts'
import { auditOf, kidOf, minuteMs, nodeOn, pairIn, pass, rotatingWorld } from '#test/keys/rotating-world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'

const sign = { purpose: 'sign', by: byCli } as const
const mac = { purpose: 'mac', by: byCli } as const

/** The states of the keys, the oldest first. */
async function states(world: World, purpose = 'sign'): Promise<string[]> {
  const keys = (await listKeys(world)).filter((key) => key.purpose === purpose)
  return keys.map((key) => stateOf(key, world.clock.now()))
}

function published(world: World): string[] {
  return world.keys.jwks().keys.map(({ kid }) => kid)
}

async function refreshed(world: World, presented: string) {
  return refresh(world, { presented, client: { address: '192.0.2.7', userAgent: '' }, by: byCli })
}

onBothEngines('rotating the signing key', (engine) => {
  test('a new key is published at once and used later, and the old one is kept while needed', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const former = world.keys.signingKey().id
    const { key } = await rotateKey(world, sign)
    assert.deepEqual(published(world), [former, key.id])
    await pass(world, clock, publishedForMs - 1)
    const last = await pairIn(world)
    assert.equal(kidOf(last.accessToken), former)
    assert.deepEqual(await states(world), ['in_use', 'published'])
    await pass(world, clock, 1)
    assert.equal(kidOf((await pairIn(world)).accessToken), key.id)
    assert.deepEqual(await states(world), ['retired', 'in_use'])
    // An access token lives for an hour at most: the last one of the previous key is valid until it expires.
    await pass(world, clock, 59 * minuteMs)
    assert.equal((await authenticate(world, last.accessToken)).kind, 'accepted')
    await pass(world, clock, 6 * minuteMs - 1)
    assert.deepEqual(published(world), [former, key.id])
    await pass(world, clock, 1)
    assert.deepEqual(published(world), [key.id])
    assert.deepEqual(await states(world), ['in_use'])
    assert.equal((await authenticate(world, last.accessToken)).kind, 'not_ours')
  })

  test('twenty concurrent rotations create one key, and the next one only when it is in use', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const all = await atOnce(20, () => rotateKey(world, sign))
    const [made, ...others] = all.filter(({ kind }) => kind === 'published')
    assert.ok(made && others.length === 0)
    assert.deepEqual([...new Set(all.map(({ key }) => key.id))], [made.key.id])
    assert.deepEqual(await states(world), ['in_use', 'published'])
    assert.equal((await rotateKey(world, sign)).kind, 'under_way')
    // The MAC key is rotated independently.
    assert.equal((await rotateKey(world, mac)).kind, 'published')
    await pass(world, clock, publishedForMs)
    assert.equal((await rotateKey(world, sign)).kind, 'published')
    assert.deepEqual(await states(world), ['retired', 'in_use', 'published'])
  })

  test('a rotation is in the audit log once, with both keys', async () => {
    const { world } = await rotatingWorld(engine)
    const former = world.keys.signingKey().id
    const { key } = await rotateKey(world, sign)
    await rotateKey(world, sign)
    const [line, ...others] = await auditOf(world, 'key.rotated')
    assert.deepEqual([line?.target, others], [{ kind: 'key', id: key.id }, []])
    const details = JSON.parse(line?.details ?? '') as Record<string, string>
    assert.deepEqual([details.purpose, details.former], ['sign', former])
    assert.equal(Date.parse(details.used_from ?? ''), key.usedFrom)
  })
})

onBothEngines('rotating the MAC key', (engine) => {
  test('rotating the MAC key signs out no user, and the audit log stays intact', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const former = world.keys.macKey().id
    const pair = await pairIn(world)
    const { key } = await rotateKey(world, mac)
    await pass(world, clock, publishedForMs)
    assert.equal(world.keys.macKey().id, key.id)
    const next = await refreshed(world, pair.refreshToken)
    assert.ok(next.refreshToken.split('.')[2]?.startsWith(key.id))
    const again = await refreshed(world, next.refreshToken)
    assert.equal(again.sessionId, pair.sessionId)
    assert.equal((await verifyAudit(world)).kind, 'whole')
    await pass(world, clock, 366 * 24 * 60 * minuteMs)
    assert.equal(world.keys.macKeyById(former), undefined)
    // The audit events that it authenticates are kept indefinitely, and so is the key.
    assert.deepEqual(await states(world, 'mac'), ['retired', 'in_use'])
    assert.equal((await verifyAudit(world)).kind, 'whole')
  })
})

onBothEngines('nodes without the newest key', (engine) => {
  test('a node accepts tokens of a signing key and a MAC key that it does not have yet', async () => {
    const { world, clock } = await rotatingWorld(engine)
    await rotateKey(world, sign)
    await rotateKey(world, mac)
    await pass(world, clock, publishedForMs)
    const other = await nodeOn(world, clock)
    const third = await nodeOn(world, clock)
    const [first, second] = [await rotateKey(world, sign), await rotateKey(world, mac)]
    // By the clock of this node the keys are already in use, before the other nodes have read the log.
    const fast = { ...clock, now: () => clock.now() + publishedForMs }
    assert.ok(!other.keys.has(first.key.id) && !other.keys.has(second.key.id))
    const ahead = { ...(await nodeOn(world, fast)), clock }
    await revocationNode(ahead).renew()
    const pair = await pairIn(ahead)
    assert.equal(kidOf(pair.accessToken), first.key.id)
    assert.equal((await authenticate(other, pair.accessToken)).kind, 'accepted')
    assert.equal((await refreshed(third, pair.refreshToken)).sessionId, pair.sessionId)
  })

  test('a node gets a new key with its next lease, before any token uses it', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const other = await nodeOn(world, clock)
    const { key } = await rotateKey(world, sign)
    assert.deepEqual(published(other), [world.keys.signingKey().id])
    await pass(other, clock, 500)
    assert.deepEqual(published(other), [world.keys.signingKey().id, key.id])
  })
})
