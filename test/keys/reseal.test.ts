import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resealKeys } from '#src/administration/reseal-keys.ts'
import { rotateKey } from '#src/administration/rotate-key.ts'
import { byCli } from '#src/audit/by.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { MasterKeyProblem } from '#src/keys/master-key.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { auditOf, nodeOn, otherMaster, pairIn, pass, rotatingWorld } from '#test/keys/rotating-world.ts'
import { onBothEngines } from '#test/support/engines.ts'

onBothEngines('changing the master key', (engine) => {
  test('after a change of the master key the new one opens all keys, and the previous one none', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const pair = await pairIn(world)
    assert.equal(await resealKeys(world, { master: otherMaster, by: byCli }), 2)
    await assert.rejects(nodeOn(world, clock), MasterKeyProblem)
    const fresh = await nodeOn(world, clock, otherMaster)
    assert.equal((await authenticate(fresh, pair.accessToken)).kind, 'accepted')
    assert.equal((await verifyAudit(fresh)).kind, 'whole')
    assert.equal((await auditOf(fresh, 'key.resealed')).length, 1)
    // The node that changed it seals new keys under it.
    await rotateKey(world, { purpose: 'sign', by: byCli })
    assert.equal((await nodeOn(world, clock, otherMaster)).keys.jwks().keys.length, 2)
  })

  test('changing to the current master key does nothing', async () => {
    const { world } = await rotatingWorld(engine)
    await resealKeys(world, { master: otherMaster, by: byCli })
    assert.equal(await resealKeys(world, { master: otherMaster, by: byCli }), undefined)
    assert.equal((await auditOf(world, 'key.resealed')).length, 1)
  })

  test('nodes with the previous master key continue, but neither create nor accept a new key', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const former = await nodeOn(world, clock)
    await resealKeys(world, { master: otherMaster, by: byCli })
    await pass(former, clock, 500)
    const pair = await pairIn(former)
    assert.equal((await authenticate(former, pair.accessToken)).kind, 'accepted')
    await assert.rejects(rotateKey(former, { purpose: 'sign', by: byCli }), MasterKeyProblem)
    assert.equal(world.keys.jwks().keys.length, 1)
    await rotateKey(world, { purpose: 'sign', by: byCli })
    // It cannot open the new key, so it renews no lease: it fails closed.
    await assert.rejects(pass(former, clock, 500), MasterKeyProblem)
  })
})
