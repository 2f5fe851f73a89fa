import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ensureIdTokenKey } from '#src/apps/add-app.ts'
import { openKeyRing } from '#src/keys/key-ring.ts'
import { parseMasterKey } from '#src/keys/master-key.ts'
import { idTokenKeyOf } from '#src/oidc/id-token.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { masterKey } from '#test/support/sigil.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

onBothEngines('the key for ID tokens', (engine) => {
  test('a server that has not heard of the first app yet reads its key from the database', async () => {
    const env = { SIGIL_MASTER_KEY: masterKey }
    const { db, clock, random, keys } = await openTestWorld(engine, { clock: testClock(), env })
    // What another server has in memory.
    const other = await openKeyRing({ db, clock, random, masterKey: parseMasterKey(masterKey) })
    await assert.rejects(idTokenKeyOf({ keys: other }, { idTokenAlg: 'RS256' }), /Registering an app/)
    await ensureIdTokenKey({ db, clock, keys })
    const { id } = await idTokenKeyOf({ keys: other }, { idTokenAlg: 'RS256' })
    assert.equal(id, keys.idTokenKey()?.id)
  })
})
