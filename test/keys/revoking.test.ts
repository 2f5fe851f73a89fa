import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revokeKey } from '#src/administration/revoke-key.ts'
import { rotateKey } from '#src/administration/rotate-key.ts'
import { byCli } from '#src/audit/by.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { publishedForMs, stateOf } from '#src/keys/key.ts'
import { listKeys } from '#src/keys/rotation.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { sql } from '#src/store/sql.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { refresh } from '#src/tokens/refresh.ts'
import type { World } from '#src/world/world.ts'
import { auditOf, kidOf, minuteMs, nodeOn, pairIn, pass, rotatingWorld } from '#test/keys/rotating-world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'

async function revoked(world: World, id: string) {
  const { killed, propagated } = await revokeKey(world, { id, by: byCli })
  return { ...killed, ...(await propagated) }
}

async function refreshed(world: World, presented: string) {
  return refresh(world, { presented, client: { address: '192.0.2.7', userAgent: '' }, by: byCli })
}

async function inUse(world: World): Promise<string[]> {
  const now = world.clock.now()
  const keys = (await listKeys(world)).filter((key) => stateOf(key, now) === 'in_use')
  return keys.filter(({ purpose }) => purpose === 'sign').map(({ id }) => id)
}

onBothEngines('revoked signing keys', (engine) => {
  test('revoking a signing key revokes its tokens, and a new key signs at once', async () => {
    const { world } = await rotatingWorld(engine)
    const stolen = world.keys.signingKey().id
    const pair = await pairIn(world)
    assert.equal((await authenticate(world, pair.accessToken)).kind, 'accepted')
    const { kind, everywhere } = await revoked(world, stolen)
    assert.deepEqual([kind, everywhere], ['revoked', true])
    assert.notEqual((await authenticate(world, pair.accessToken)).kind, 'accepted')
    assert.ok(!world.keys.jwks().keys.some(({ kid }) => kid === stolen))
    // The session continues: its refresh token was made with another key.
    const next = await refreshed(world, pair.refreshToken)
    assert.deepEqual(await inUse(world), [kidOf(next.accessToken)])
    assert.equal((await authenticate(world, next.accessToken)).kind, 'accepted')
  })

  test('tokens of a revoked key stay rejected after its log entry is gone', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const stolen = world.keys.signingKey()
    const pair = await pairIn(world)
    // A node that was suspended until the log had dropped the entries that it missed.
    const sleeper = await nodeOn(world, clock)
    await revokeKey(world, { id: stolen.id, by: byCli })
    await world.db.query(sql`delete from revocations`)
    await revocationNode(sleeper).renew()
    assert.equal((await authenticate(sleeper, pair.accessToken)).kind, 'not_ours')
    const fresh = await nodeOn(world, clock)
    assert.equal((await authenticate(fresh, pair.accessToken)).kind, 'not_ours')
    await pass(world, clock, 66 * minuteMs)
    assert.equal(world.keys.has(stolen.id), false)
    assert.equal((await authenticate(await nodeOn(world, clock), pair.accessToken)).kind, 'not_ours')
  })

  test('revoking the current key discards a published one, revoking a retired one does not', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const first = world.keys.signingKey().id
    const { key: waiting } = await rotateKey(world, { purpose: 'sign', by: byCli })
    await revoked(world, first)
    const second = world.keys.signingKey().id
    assert.ok(second !== first && second !== waiting.id)
    await pass(world, clock, publishedForMs)
    assert.equal(world.keys.signingKey().id, second)
    const { key: third } = await rotateKey(world, { purpose: 'sign', by: byCli })
    await pass(world, clock, publishedForMs)
    const pair = await pairIn(world)
    assert.equal(kidOf(pair.accessToken), third.id)
    const late = await revoked(world, second)
    assert.ok(late.kind === 'revoked' && late.successor === undefined)
    assert.equal((await authenticate(world, pair.accessToken)).kind, 'accepted')
  })
})

onBothEngines('revoking keys', (engine) => {
  test('twenty revocations of a key at once create one successor, and all wait for propagation', async () => {
    const { world } = await rotatingWorld(engine)
    const stolen = world.keys.signingKey().id
    const all = await atOnce(20, () => revoked(world, stolen))
    assert.equal(all.filter(({ kind }) => kind === 'revoked').length, 1)
    assert.ok(all.every(({ everywhere }) => everywhere))
    assert.equal((await inUse(world)).length, 1)
    const [line, ...others] = await auditOf(world, 'key.revoked')
    assert.deepEqual([line?.target, others], [{ kind: 'key', id: stolen }, []])
  })

  test('revoking an unknown key does nothing', async () => {
    const { world } = await rotatingWorld(engine)
    const before = await inUse(world)
    assert.equal((await revoked(world, 'unknown')).kind, 'unknown')
    assert.deepEqual(await inUse(world), before)
    assert.deepEqual(await auditOf(world, 'key.revoked'), [])
  })

  test('revoking the MAC key ends its refresh tokens, and the audit log stays intact', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const other = engine.dialect === 'sqlite' ? world : await nodeOn(world, clock)
    const pair = await pairIn(world)
    const stolen = world.keys.macKey().id
    await revokeKey(world, { id: stolen, by: byCli })
    for (const node of [world, other]) {
      // The lease of the other node has lapsed, so it reads the log before it accepts anything.
      clock.forward(2000)
      await assert.rejects(refreshed(node, pair.refreshToken), { code: 'invalid_token' })
    }
    const next = await pairIn(world)
    assert.equal((await refreshed(other, next.refreshToken)).sessionId, next.sessionId)
    assert.equal((await verifyAudit(world)).kind, 'whole')
  })

  test('after a revocation a node whose clock is behind also has a key', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const slow = { ...clock, now: () => clock.now() - minuteMs }
    const other = await nodeOn(world, slow)
    await revokeKey(world, { id: world.keys.signingKey().id, by: byCli })
    await revocationNode(other).renew()
    assert.equal(other.keys.signingKey().id, world.keys.signingKey().id)
  })
})
