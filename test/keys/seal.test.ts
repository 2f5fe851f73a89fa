import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resealKeys } from '#src/administration/reseal-keys.ts'
import { revokeKey } from '#src/administration/revoke-key.ts'
import { byCli } from '#src/audit/by.ts'
import { CannotUnseal, seal, unseal } from '#src/keys/seal.ts'
import { nodeOn, otherMaster, rotatingWorld } from '#test/keys/rotating-world.ts'
import { onBothEngines } from '#test/support/engines.ts'

const label = { purpose: 'totp_secret', id: 'user 1' } as const

onBothEngines('sealed secrets', (engine) => {
  test('a sealed secret opens only with the same purpose and id', async () => {
    const { world } = await rotatingWorld(engine)
    const sealed = seal(world, label, 'the secret')
    assert.ok(!sealed.includes(Buffer.from('the secret').toString('base64url')))
    assert.equal(unseal(world, label, sealed).toString(), 'the secret')
    assert.throws(() => unseal(world, { ...label, id: 'user 2' }, sealed), CannotUnseal)
    assert.throws(() => unseal(world, { ...label, purpose: 'outbox_payload' }, sealed), CannotUnseal)
  })

  test('the same secret is never sealed to the same text twice, and an empty one can be sealed', async () => {
    const { world } = await rotatingWorld(engine)
    assert.notEqual(seal(world, label, 'same'), seal(world, label, 'same'))
    assert.equal(unseal(world, label, seal(world, label, '')).length, 0)
    const bytes = Buffer.from([0, 255, 128, 46])
    assert.deepEqual(unseal(world, label, seal(world, label, bytes)), bytes)
  })

  test('a sealed secret that was changed or cut anywhere does not open', async () => {
    const { world } = await rotatingWorld(engine)
    const [keyId, text = ''] = seal(world, label, 'abc').split('.')
    const bytes = Buffer.from(text, 'base64url')
    const opens = (changed: Buffer) => () => unseal(world, label, `${keyId}.${changed.toString('base64url')}`)
    for (const [at, byte] of bytes.entries()) {
      const changed = Buffer.from(bytes)
      changed[at] = byte ^ 1
      assert.throws(opens(changed), CannotUnseal)
      assert.throws(opens(bytes.subarray(0, at)), CannotUnseal)
    }
    for (const nonsense of ['', '.', 'x', `another.${text}`, `${keyId}.`])
      assert.throws(() => unseal(world, label, nonsense), CannotUnseal)
  })

  test('a sealed secret still opens under another master key and after its key was revoked', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const sealed = seal(world, label, 'the secret')
    await resealKeys(world, { master: otherMaster, by: byCli })
    const { id } = world.keys.macKey()
    await revokeKey(world, { id, by: byCli })
    const fresh = await nodeOn(world, clock, otherMaster)
    assert.notEqual(fresh.keys.macKey().id, id)
    assert.equal(unseal(fresh, label, sealed).toString(), 'the secret')
  })
})
