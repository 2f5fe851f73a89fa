import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verify } from '@node-rs/argon2'
import { rotateKey } from '#src/administration/rotate-key.ts'
import { byCli } from '#src/audit/by.ts'
import { matches } from '#src/credentials/passwords/hash.ts'
import { publishedForMs } from '#src/keys/key.ts'
import { findUser } from '#src/users/users.sql.ts'
import { rotatingWorld } from '#test/keys/rotating-world.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword, pairOf, personWithRoles } from '#test/support/people.ts'

onBothEngines('the secret of password hashes', (engine) => {
  test('a stored hash is useless without the key ring, and contains the id of its key', async () => {
    const { world } = await rotatingWorld(engine)
    const { id } = await personWithRoles(world, ['default_user'])
    const stored = (await findUser(world.db.query, id))?.passwordHash ?? ''
    const keyId = world.keys.macKey().id
    assert.ok(stored.includes(`,keyid=${keyId}$`), stored)
    assert.equal(await verify(stored.replace(`,keyid=${keyId}`, ''), goodPassword), false)
    const asked = { password: goodPassword, passwordHash: stored, address: '127.0.0.1' }
    assert.equal(await matches(world, asked), true)
    const unknown = stored.replace(keyId, 'AAAAAAAA')
    assert.equal(await matches(world, { ...asked, passwordHash: unknown }), false)
  })

  test('after a rotation, the next sign-in hashes with the new key, and both keys are valid', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const [person, other] = [
      await personWithRoles(world, ['default_user']),
      await personWithRoles(world, ['default_user']),
    ]
    const hashOf = async (id: string) => (await findUser(world.db.query, id))?.passwordHash ?? ''
    const before = world.keys.macKey().id
    await rotateKey(world, { purpose: 'mac', by: byCli })
    await world.keys.reload()
    clock.forward(publishedForMs)
    const after = world.keys.macKey().id
    assert.notEqual(after, before)
    assert.ok((await hashOf(person.id)).includes(before))
    await pairOf(world, person)
    const fresh = await hashOf(person.id)
    assert.ok(fresh.includes(after), fresh)
    await pairOf(world, person)
    assert.equal(await hashOf(person.id), fresh)
    assert.ok((await hashOf(other.id)).includes(before))
    await pairOf(world, other)
  })
})
